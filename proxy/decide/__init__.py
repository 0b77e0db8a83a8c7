"""Pure decisions: from settings and observations to what is to be done, served or reported."""
