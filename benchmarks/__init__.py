"""How fast we are, next to what else executes the code of Sphinx pages. See README.md (French)."""
