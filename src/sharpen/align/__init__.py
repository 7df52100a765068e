"""SelfCodeAlign: a model makes its own fine-tuning data, and running it decides what is kept."""
