"""The rare and conversational: SimPy processes that read like the story they tell."""
