"""What the stages say to a model: three texts that begin the prompts, and the bank of worked examples."""
