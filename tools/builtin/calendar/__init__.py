"""The user's calendar: kept in Homewit's own database as iCalendar text, exchanged as files and by CalDAV."""
