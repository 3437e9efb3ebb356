"""改衣: tailors put up alterations with a price; customers order them, bring the garment, and fetch it."""
