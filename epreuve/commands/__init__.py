"""The commands of ``epreuve``: one module each, all in this list, loaded when asked for."""

COMMANDS = ("site", "live", "pdf", "fix", "why", "check", "seeds", "grade")
