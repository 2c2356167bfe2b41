//! Reference networks with trained weights for backdraft's examples and tests.
