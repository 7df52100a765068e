"""Expert iteration: trains a model on its own verified programs and repairs, and measures it on others."""
