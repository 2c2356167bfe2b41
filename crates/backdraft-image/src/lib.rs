//! Photos to tensors and heat maps to pictures: normalisation, colour maps and overlays for Burn vision models.
