"""What every stage script shares: command line, errors and exit codes, records, signals, locks. Imports no other room."""
