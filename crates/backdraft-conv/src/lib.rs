//! Convolutions for Burn's Flex backend.
