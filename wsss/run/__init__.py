"""What all stages share: command line, errors, records, signals, locks. Imports no other folder."""
