//! A report of attributions: one HTML file that needs nothing else.
