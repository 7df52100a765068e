"""Writing runs as rows for people, trainers and tables."""
