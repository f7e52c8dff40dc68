"""What exists: frozen records with Salesforce's names. Start in `definition.py` for how an object is declared."""
