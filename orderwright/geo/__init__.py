"""Where postal codes are: offline, from data on this machine, whoever has it. No module here opens a connection."""
