"""How bundled weights, cards and defaults were made."""
