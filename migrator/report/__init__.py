"""What people see of a run: the page, the tables and the notices, all made from one RunReport."""
