"""The rehearsal: the synthesized state machine and the real function code, in virtual time, on one desk."""
