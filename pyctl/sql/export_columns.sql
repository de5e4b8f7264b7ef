select access.intent_columns() as columns
