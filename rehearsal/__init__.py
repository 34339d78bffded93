"""The rehearsal: the synthesized state machine and the real function code, in virtual time, on one desk."""

from rehearsal import engine_without_batch

engine_without_batch.load()
