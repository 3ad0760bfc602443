"""The user's contacts: kept in Homewit's own database as vCards, exchanged as files and by CardDAV."""
