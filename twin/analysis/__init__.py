"""What many runs say: which inputs matter, where a conclusion holds, what an outcome costs."""
