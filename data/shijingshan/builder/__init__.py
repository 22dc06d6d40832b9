"""The steps that turn the tables of figures into the shipped park of Shijingshan."""
