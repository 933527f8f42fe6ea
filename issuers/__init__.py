"""Use cases of an issuing agency: import, approve, issue, anchor, change status, hand out evidence."""
