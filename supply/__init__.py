"""What comes from elsewhere: locked by hash, audited, listed. For those who release; nothing of it is installed with the tool."""
