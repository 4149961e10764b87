"""What every stage shares: command line, errors, records, signals, locks. Imports no other room."""
