"""``epreuve live``: save in the editor, see the new output in the browser."""
