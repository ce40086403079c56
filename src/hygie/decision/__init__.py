"""What a change is worth: paired differences, budget search, sensitivity. Arrays in, figures out."""
