//! What attribution shows of trained networks of many kinds, in numbers.

mod games;
