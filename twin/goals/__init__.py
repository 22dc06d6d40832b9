"""Goals: the cheapest package of levers that reaches one, how likely, or that nothing in the allowed range does."""
