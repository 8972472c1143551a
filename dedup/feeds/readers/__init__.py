"""Other people's feed readers, spoken to through their own interfaces."""
