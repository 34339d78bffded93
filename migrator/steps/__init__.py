"""What each function does, with the adapters it is given."""
