"""How a migration is likely to go: the fleet rehearsed many times, as planned and with one thing changed."""
