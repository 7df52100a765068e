"""Models inside this process, by llama.cpp."""
