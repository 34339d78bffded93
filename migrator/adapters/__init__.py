"""The outside world behind typed doors: AWS through boto3, directories through LDAP, the clock."""
