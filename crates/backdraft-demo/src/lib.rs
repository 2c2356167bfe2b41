//! A web page on which visitors explain what trained networks see.
