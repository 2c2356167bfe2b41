//! Captures any Burn model as a graph of operations and runs it with probes and gradient rules.
