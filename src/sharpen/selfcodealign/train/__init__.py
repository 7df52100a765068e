"""Fine-tuning on rows."""
