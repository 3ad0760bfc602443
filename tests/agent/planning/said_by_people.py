"""What people type for their calendar, contacts, mail, money, tasks, notes and reminders, and what is meant.

Written down before the sentences of the tools were, and with other words than theirs.
"""

from typing import Any

from homewit.agent.planning.phrases import MISSING, FromCall

Meant = tuple[str, dict[str, Any]]

CALENDAR: dict[str, Meant] = {
    "what is on my calendar tomorrow": ("list_events", {"period": "tomorrow"}),
    "What's on my calendar on Friday?": ("list_events", {"period": "on Friday"}),
    "whats on my calendar this week": ("list_events", {"period": "this week"}),
    "do i have anything tomorrow": ("list_events", {"period": "tomorrow"}),
    "Do I have any appointments next week?": ("list_events", {"period": "next week"}),
    "what do i have on friday": ("list_events", {"period": "friday"}),
    "show me my calendar": ("list_events", {}),
    "can you show me my calendar for next week please": ("list_events", {"period": "next week"}),
    "what meetings do i have today?": ("list_events", {"period": "today"}),
    "anything on my calendar today": ("list_events", {"period": "today"}),
    "what's planned for saturday": ("list_events", {"period": "saturday"}),
    "add dentist on friday at 10 to my calendar": (
        "add_event", {"title": "dentist", "start": "on friday at 10"}),
    "Please add lunch with Ann tomorrow at noon to my calendar.": (
        "add_event", {"title": "lunch with Ann", "start": "tomorrow at noon"}),
    "put yoga every monday at 18:00 in my calendar": (
        "add_event", {"title": "yoga", "start": "every monday at 18:00"}),
    "put the flight to rome in my calendar for may 3rd at 7:40": (
        "add_event", {"title": "flight to rome", "start": "may 3rd at 7:40"}),
    "schedule a meeting with bob tomorrow at 3pm": (
        "add_event", {"title": "meeting with bob", "start": "tomorrow at 3pm"}),
    "make a dentist appointment for tuesday at 9:30": (
        "add_event", {"title": "dentist appointment", "start": "tuesday at 9:30"}),
    "move the dentist to monday at 11": ("move_event", {"event": "dentist", "start": "monday at 11"}),
    "reschedule my meeting with bob to thursday at 4pm": (
        "move_event", {"event": "meeting with bob", "start": "thursday at 4pm"}),
    "cancel the dentist appointment": ("cancel_event", {"event": "dentist"}),
    "remove yoga from my calendar": ("cancel_event", {"event": "yoga"}),
    "when is my next dentist appointment?": ("search_events", {"words": "dentist"}),
    "find dentist in my calendar": ("search_events", {"words": "dentist"}),
    "am i free tomorrow afternoon": ("find_free_time", {"period": "tomorrow afternoon"}),
    "when am I free this week?": ("find_free_time", {"period": "this week"}),
    "find 45 minutes of free time tomorrow": ("find_free_time", {"minutes": 45, "period": "tomorrow"}),
    "import holidays.ics into my calendar": ("import_calendar", {"path": "holidays.ics"}),
    "export my calendar to backup.ics": ("export_calendar", {"path": "backup.ics"}),
    "sync my calendar": ("sync_calendar", {}),
    "sync my calendar and keep mine": ("sync_calendar", {"keep": "mine"}),
    "synchronise the calendar, keep theirs": ("sync_calendar", {"keep": "theirs"}),
}  # fmt: skip

CONTACTS: dict[str, Meant] = {
    "what is Anna's phone number": ("find_contacts", {"words": "Anna"}),
    "What’s Ada Lovelace’s email?": ("find_contacts", {"words": "Ada Lovelace"}),
    "whats bobs number": ("find_contacts", {"words": "bob"}),
    "add a contact Anna Meyer with phone +49 171 1234567 and email anna@example.org": (
        "add_contact", {"name": "Anna Meyer", "phone": "+49 171 1234567", "email": "anna@example.org"}),
    "look up ann lee in my contacts": ("find_contacts", {"words": "ann lee"}),
    "how can i reach Bob": ("find_contacts", {"words": "Bob"}),
    "show my contacts": ("find_contacts", {}),
    "do i have Ada in my contacts?": ("find_contacts", {"words": "Ada"}),
    "add Bob Miller to my contacts": ("add_contact", {"name": "Bob Miller"}),
    "add a contact Bob Miller with phone +49 30 123456": (
        "add_contact", {"name": "Bob Miller", "phone": "+49 30 123456"}),
    "save bob miller in my contacts with email bob@example.org": (
        "add_contact", {"name": "bob miller", "email": "bob@example.org"}),
    "change Anna's phone number to 030 99887": ("edit_contact", {"contact": "Anna", "phone": "030 99887"}),
    "delete the contact Bob Miller": ("delete_contact", {"contact": "Bob Miller"}),
    "import contacts.vcf": ("import_contacts", {"path": "contacts.vcf"}),
    "export my contacts to people.vcf": ("export_contacts", {"path": "people.vcf"}),
}  # fmt: skip

MAIL: dict[str, Meant] = {
    "do i have new mail?": ("list_mail", {"unread": True}),
    "show me my unread emails": ("list_mail", {"unread": True}),
    "check my mail": ("list_mail", {}),
    "find mails from ada about the invoice": ("search_mail", {"sender": "ada", "words": "the invoice"}),
    "search my email for train tickets": ("search_mail", {"words": "train tickets"}),
    "show me all emails from bob": ("search_mail", {"sender": "bob"}),
    "did ada write to me last week": ("search_mail", {"sender": "ada", "period": "last week"}),
    "draft a mail to ada@example.org saying I will be late": (
        "draft_mail", {"to": "ada@example.org", "body": "I will be late"}),
    "draft an email to ada@example.org about the invoice": (
        "draft_mail", {"to": "ada@example.org", "subject": "the invoice", "body": MISSING}),
    "send a mail to bob@example.org saying the train is late": (
        "send_mail", {"to": "bob@example.org", "body": "the train is late"}),
}  # fmt: skip

MONEY: dict[str, Meant] = {
    "what did i spend in october": ("expense_report", {"period": "in october"}),
    "how much did I spend on groceries last month?": (
        "expense_report", {"category": "groceries", "period": "last month"}),
    "how much have i spent this week": ("expense_report", {"period": "this week"}),
    "show me my expenses for october": ("list_expenses", {"period": "october"}),
    "list my expenses": ("list_expenses", {"period": "this month"}),
    "list my expenses this month": ("list_expenses", {"period": "this month"}),
    "import statement.csv": ("import_statement", {"path": "statement.csv"}),
    "import the bank statement bank/october.csv into checking": (
        "import_statement", {"path": "bank/october.csv", "account": "checking"}),
    "preview statement.csv": ("preview_statement", {"path": "statement.csv"}),
    "set a budget of 300 euros for groceries": (
        "set_budget", {"amount": "300 euros", "category": "groceries"}),
    "set my budget for eating out to 150": ("set_budget", {"amount": 150, "category": "eating out"}),
    "how are my budgets doing?": ("budget_report", {}),
    "how much is left of my budget": ("budget_report", {}),
    "show me the monthly report for october": ("monthly_report", {"month": "october"}),
    "monthly report": ("monthly_report", {}),
    "give me my monthly spending report for last month": ("monthly_report", {"month": "last month"}),
    "save a chart of my spending to chart.svg": ("save_spending_chart", {"path": "chart.svg"}),
    "remove the budget for groceries": ("remove_budget", {"category": "groceries"}),
}  # fmt: skip

RECORDS: dict[str, Meant] = {
    "delete the task water the plants": ("delete_task", {"task": "water the plants"}),
    "remove buy milk from my tasks": ("delete_task", {"task": "buy milk"}),
    "move the task call mom to friday": ("edit_task", {"task": "call mom", "due": "friday"}),
    "make the task taxes high priority": ("edit_task", {"task": "taxes", "priority": "high"}),
    "reopen the task taxes": ("reopen_task", {"title": "taxes"}),
    "what tasks are due this week": ("list_tasks", {"until": "this week"}),
    "note that 買牛奶 🥛 für José #größe": ("add_note", {"text": "買牛奶 🥛 für José #größe"}),
    "take a note: call the plumber": ("add_note", {"text": "call the plumber"}),
    "delete my note about milk": ("delete_note", {"note": "milk"}),
    "tag the note about tomatoes with garden": ("tag_note", {"note": "tomatoes", "tags": ["garden"]}),
    "what reminders do i have": ("list_reminders", {}),
    "show my reminders": ("list_reminders", {}),
    "cancel the stretch reminder": ("cancel_reminder", {"reminder": "stretch"}),
    "cancel the reminder stretch": ("cancel_reminder", {"reminder": "stretch"}),
    "cancel the reminder to call mom": ("cancel_reminder", {"reminder": "call mom"}),
    "move the reminder about the laundry to 6pm": ("move_reminder", {"reminder": "the laundry", "at": "6pm"}),
}  # fmt: skip

PLAIN = {
    "tell me tomorrow's date": ("date_add", {"date": "today", "days": 1}),
    "what day is it tomorrow": ("date_add", {"date": "today", "days": 1}),
    "run ls -la; pwd": ("run_command", {"command": "ls -la; pwd"}),
    "execute git log --oneline | head -5": ("run_command", {"command": "git log --oneline | head -5"}),
    "please run make test && git push": ("run_command", {"command": "make test && git push"}),
    "run cd ..": ("run_command", {"command": "cd .."}),
    "run cat a.txt | wc -l in the terminal": ("run_command", {"command": "cat a.txt | wc -l"}),
    "run python3 -c 'print(1, 2)'": ("run_command", {"command": "python3 -c 'print(1, 2)'"}),
    "add buy milk and eggs to my tasks": ("add_task", {"title": "buy milk and eggs"}),
    "show me what would be imported from statement.csv": ("preview_statement", {"path": "statement.csv"}),
    "import my bank statement from statement.csv": ("import_statement", {"path": "statement.csv"}),
    "get rid of that note about milk": ("delete_note", {"note": "milk"}),
    "bin old_draft.docx": ("delete_file", {"path": "old_draft.docx"}),
    "get rid of the laundry reminder": ("cancel_reminder", {"reminder": "laundry"}),
    "move the bins reminder to 8pm": ("move_reminder", {"reminder": "bins", "at": "8pm"}),
    "change my note about the gym to gym closes at 9": (
        "edit_note", {"note": "the gym", "text": "gym closes at 9"}),
    "set an alarm for 7:30 tomorrow": ("set_reminder", {"at": "7:30 tomorrow", "text": "alarm"}),
    "make the passport task high priority": ("edit_task", {"task": "passport", "priority": "high"}),
    "schedule a haircut for saturday at 11": ("add_event", {"title": "haircut", "start": "saturday at 11"}),
    "call off my haircut": ("cancel_event", {"event": "haircut"}),
    "who do i know at acme": ("find_contacts", {"words": "acme"}),
    "add a new contact lena fischer lena@example.org": (
        "add_contact", {"name": "lena fischer", "email": "lena@example.org"}),
    "50 dollars in euros": (
        "exchange_rate", {"amount": 50, "from_currency": "dollars", "to_currency": "euros"}),
}  # fmt: skip

ONCE_MISREAD: dict[str, Meant] = {
    'send a mail to bob@example.org with subject "Lunch" saying "noon is fine"': (
        "send_mail", {"to": "bob@example.org", "subject": "Lunch", "body": "noon is fine"}),
    "send an email to bob@example.org with the subject Lunch": (
        "send_mail", {"to": "bob@example.org", "subject": "Lunch", "body": MISSING}),
    "draft a mail to ana@example.org with subject Rent saying it is paid": (
        "draft_mail", {"to": "ana@example.org", "subject": "Rent", "body": "it is paid"}),
    "set a budget of 200 for food per month": ("set_budget", {"amount": 200, "category": "food"}),
    "set a budget of 200 a month for food": ("set_budget", {"amount": 200, "category": "food"}),
    "set the budget for food to 200 per month": ("set_budget", {"amount": 200, "category": "food"}),
    "add Ana Silva with email ana@example.org to my contacts": (
        "add_contact", {"name": "Ana Silva", "email": "ana@example.org"}),
    "change the lunch expense to 13 euros": ("edit_expense", {"expense": "lunch", "amount": "13 euros"}),
    "move the taxi expense to the category travel": (
        "edit_expense", {"expense": "taxi", "category": "travel"}),
    "read https://example.org": ("fetch_page", {"url": "https://example.org"}),
    "could you open https://example.org/a,b?x=1&y=2.": (
        "fetch_page", {"url": "https://example.org/a,b?x=1&y=2"}),
    "what does https://example.org say about prices?": (
        "find_on_page", {"url": "https://example.org", "about": "prices"}),
    "look for opening hours on https://example.org/visit": (
        "find_on_page", {"url": "https://example.org/visit", "about": "opening hours"}),
    "show my notes about Ana": ("search_notes", {"query": "Ana"}),
    "do i have any notes about taxes?": ("search_notes", {"query": "taxes"}),
    "add call the dentist to my tasks with high priority": (
        "add_task", {"title": "call the dentist", "priority": "high"}),
    "add a high priority task to call the dentist": (
        "add_task", {"title": "call the dentist", "priority": "high"}),
}  # fmt: skip
"""Of somebody who tried the program; each was another call before."""

ALSO: dict[str, Meant] = {
    "throw the milk note away": ("delete_note", {"note": "milk"}),
    "call my haircut off": ("cancel_event", {"event": "haircut"}),
    "can you stick dentist in the diary for friday 10am": (
        "add_event", {"title": "dentist", "start": "friday 10am"}),
    "i need to move lunch with bob to 1": ("move_event", {"event": "lunch with bob", "start": "at 1"}),
    "change the place of the dentist to room 4": (
        "edit_event", {"event": "dentist", "location": "room 4"}),
    "set up a call with ana on tuesday at 3": (
        "add_event", {"title": "call with ana", "start": "on tuesday at 3"}),
    "stop reminding me about pills": ("cancel_reminder", {"reminder": "pills"}),
    "whats due today": ("list_tasks", {"until": "today"}),
    "do i have anything due this week": ("list_tasks", {"until": "this week"}),
    "send an email to lena@example.org: see you at 8": (
        "send_mail", {"to": "lena@example.org", "body": "see you at 8"}),
    "forward bobs mail to ana@example.org": (
        "send_mail", {
            "read_mail.mail": "bob", "to": "ana@example.org", "body": FromCall("read_mail", "body"),
            "subject": FromCall("read_mail", "subject")}),
    "i no longer need the note about paint": ("delete_note", {"note": "paint"}),
}  # fmt: skip
"""Of somebody who tried it once more."""

SAID = {**CALENDAR, **CONTACTS, **MAIL, **MONEY, **RECORDS, **PLAIN, **ONCE_MISREAD, **ALSO}
