"""Documents that are made from the code: what the rules mean, what a run's input may hold."""
