"""What issuers of tokens say, and what is believed of it: providers with which people sign in, and CIs."""
