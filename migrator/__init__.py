"""What the functions share: the pure domain, the adapters to AWS and LDAP, the settings."""
