"""The core of onceledger: values, formats and the verification sequence. No I/O; time and randomness are arguments."""
