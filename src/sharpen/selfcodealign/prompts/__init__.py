"""What the stages say to a model: texts that begin the prompts, and the bank of worked examples."""
