"""A hundred and twenty requests as people type them, and what is meant by each.

Written down before any of them was tried. ``TO_MEND`` was looked at one by one while the reading of requests
was mended; of ``KEPT_ASIDE`` only the number that came out right, and one sentence, which a failing test
showed. Corrected since: a lunch is food, as everywhere else (three expenses, of both halves), the meeting
with Anna is found by "anna" as well, and "the food budget" is that of food alone. `test_everyday.py` asks the
bundled model.

What is meant is the route of what needs no tool, a call, or a list of these. In a call a list holds values
that are all right, ``ref`` is what a step gave, and ``None`` is an argument left out. In front of a line
break stands what was asked right before.
"""

from typing import Any

Wanted = str | tuple[str, dict[str, Any]]

TO_MEND: dict[str, Wanted | list[Wanted]] = {
    "hey can you jot down that the wifi password at the cabin is otter42": (
        "add_note", {"text": "the wifi password at the cabin is otter42"}),
    "whats in my notes about the boiler": ("search_notes", {"query": "boiler"}),
    "delete the boiler note": ("delete_note", {"note": "boiler"}),
    "show me all my notes": ("search_notes", {"query": ["", "*", "notes"]}),
    "add buy stamps to my todo list pls": ("add_task", {"title": "buy stamps"}),
    "i finished the tax return": ("complete_task", {"title": "tax return"}),
    "whats still on my todo list": ("list_tasks", {"status": [None, "open"]}),
    "push the dentist call task to thursday": ("edit_task", {"task": "dentist call", "due": "thursday"}),
    "scrap the task about the garage, its not happening": ("delete_task", {"task": "garage"}),
    "remnd me to take the bins out tonite at 8": (
        "set_reminder", {"text": "take the bins out", "at": ["tonite at 8", "tonight at 8"]}),
    "remind me in 20 min to check the oven": ("set_reminder", {"text": "check the oven", "at": "in 20 min"}),
    "which reminders have i got coming up": ("list_reminders", {}),
    "push the bins reminder back to 9pm": ("move_reminder", {"reminder": "bins", "at": "9pm"}),
    "i dont need the oven reminder any more": ("cancel_reminder", {"reminder": "oven"}),
    "push the haircut back to 12": ("move_event", {"event": "haircut", "start": "12"}),
    "dentist on monday 3pm, put it in my calendar": (
        "add_event", {"title": "dentist", "start": "monday 3pm"}),
    "anything on this weekend?": ("list_events", {"period": "this weekend"}),
    "when is the parents evening": ("search_events", {"words": "parents evening"}),
    "cancel tomorrows yoga": ("cancel_event", {"event": "yoga", "day": ["tomorrow", "tomorrows"]}),
    "do i have an hour free on wednesday": (
        "find_free_time", {"minutes": [60, None], "period": "wednesday"}),
    "sam moved, his new number is 555-0199": ("edit_contact", {"contact": "sam", "phone": "555-0199"}),
    "whats toms number again": ("find_contacts", {"words": "tom"}),
    "save the plumbers number, its 030 4455667": (
        "add_contact", {"name": "plumber", "phone": "030 4455667"}),
    "get rid of dave in my contacts": ("delete_contact", {"contact": "dave"}),
    "spent 12.50 on lunch": (
        "add_expense", {"amount": 12.5, "category": "food", "description": ["lunch", None]}),
    "how much have i blown on coffee this month": (
        "expense_report", {"period": "this month", "category": "coffee"}),
    "the taxi was 18 not 15": ("edit_expense", {"expense": "taxi", "amount": 18}),
    "cap eating out at 120 a month": ("set_budget", {"amount": 120, "category": "eating out"}),
    "am i over budget": ("budget_report", {}),
    "import the statement from bank.csv": ("import_statement", {"path": "bank.csv"}),
    "reply to Bob: noon is fine": [
        ("read_mail", {"mail": "Bob"}),
        ("send_mail", {"to": {"ref": "s1.sender"}, "body": "noon is fine", "answers": {"ref": "s1.id"}})],
    "email tom@example.org with the subject Lunch and the text noon works": (
        "send_mail", {"to": "tom@example.org", "subject": "Lunch", "body": "noon works"}),
    "send bob a mail that im running late": [
        ("find_contacts", {"words": "bob"}),
        ("send_mail", {"to": {"ref": "s1.email"}, "body": "im running late"})],
    "any mail from the landlord": ("search_mail", {"sender": "landlord"}),
    "read me the last mail from anna": ("read_mail", {"mail": ["anna", "last mail from anna"]}),
    "whats in the folder invoices": ("list_files", {"path": "invoices"}),
    "find the word deposit in contract.pdf": (
        "find_in_document", {"path": "contract.pdf", "about": ["deposit", "word deposit"]}),
    "rename draft.txt final.txt": ("move_file", {"path": "draft.txt", "to": "final.txt"}),
    "trash old.log": ("delete_file", {"path": "old.log"}),
    "google the opening hours of the city library": (
        "web_search", {"query": "opening hours of the city library"}),
    "whats on https://example.org/menu": ("fetch_page", {"url": "https://example.org/menu"}),
    "wat time is it in tokyo rn": ("current_time", {"timezone": "tokyo"}),
    "how many days till christmas": ("date_difference", {"start": "today", "end": "christmas"}),
    "whats the date 3 weeks from now": ("date_add", {"date": ["today", "now"], "days": 21}),
    "how many km is 12 miles": ("convert_units", {"value": 12, "from_unit": "miles", "to_unit": "km"}),
    "how much is 80 pounds in euros": (
        "exchange_rate", {"amount": 80, "from_currency": "pounds", "to_currency": "euros"}),
    "remember im allergic to nuts": "remember",
    "what am i allergic to": "recall",
    "hello homewit, how are u today": "chat",
    "haha nice one": "chat",
    "what can you do": "chat",
    "do you send my data anywhere": "chat",
    "thanks! and remind me to water the plants at 6": (
        "set_reminder", {"text": "water the plants", "at": "6"}),
    "remember that my locker is 114 and show me my tasks": ["remember", ("list_tasks", {})],
    "i spent 9 euros on cinema and whats left of my budget": [
        ("add_expense", {
            "amount": "9 euros", "category": "entertainment", "description": ["cinema", None]}),
        ("budget_report", {})],
    "how much is 50 dollars in euros\nand in pounds": (
        "exchange_rate", {"amount": 50, "from_currency": "dollars", "to_currency": "pounds"}),
    "read shopping.txt\ndelete it": ("delete_file", {"path": "shopping.txt"}),
    "whats on my calendar tomorrow\nand on friday": ("list_events", {"period": "friday"}),
    "book me a table at luigis for 8": "unclear",
    "turn off the kitchen lights": "unclear",
}  # fmt: skip

KEPT_ASIDE: dict[str, Wanted | list[Wanted]] = {
    "pls make a note: ring the vet about rex's tablets": (
        "add_note", {"text": "ring the vet about rex's tablets"}),
    "did i write anything down about the camping trip": ("search_notes", {"query": "camping trip"}),
    "i dont need the note on paint colours anymore": ("delete_note", {"note": "paint colours"}),
    "list my notes": ("search_notes", {"query": ["", "*", "notes"]}),
    "put 'renew passport' on my to do list for next friday": (
        "add_task", {"title": "renew passport", "due": "next friday"}),
    "ok groceries are done, tick that off": ("complete_task", {"title": "groceries"}),
    "what do i still have to do this week": ("list_tasks", {"until": "this week"}),
    "rename the task fix bike to fix the red bike": (
        "edit_task", {"task": "fix bike", "title": "fix the red bike"}),
    "can u remind me tmrw at 7am to take my pills": (
        "set_reminder", {"text": "take my pills", "at": ["tmrw at 7am", "tomorrow at 7am"]}),
    "set a reminder for 6pm to feed the cat": ("set_reminder", {"text": "feed the cat", "at": "6pm"}),
    "got any reminders set?": ("list_reminders", {}),
    "make the pills reminder 8am instead": ("move_reminder", {"reminder": "pills", "at": "8am"}),
    "remove the reminder to feed the cat": ("cancel_reminder", {"reminder": "feed the cat"}),
    "shift lunch with sara to 1:30 on friday": (
        "move_event", {"event": "lunch with sara", "start": "1:30 on friday"}),
    "im meeting tom for coffee saturday at 11, can you add it to my calendar": (
        "add_event", {
            "title": ["meeting tom for coffee", "coffee with tom", "im meeting tom for coffee"],
            "start": "saturday at 11"}),
    "hows my week looking": ("list_events", {"period": [None, "this week", "week"]}),
    "when am i seeing the dentist next": ("search_events", {"words": "dentist"}),
    "call off the meeting with anna on thursday": (
        "cancel_event", {"event": ["meeting with anna", "anna"], "day": "thursday"}),
    "when could i squeeze in a run tomorrow": ("find_free_time", {"period": "tomorrow"}),
    "annas email changed to anna@newplace.example": (
        "edit_contact", {"contact": "anna", "email": "anna@newplace.example"}),
    "do u have the number of the plumber": ("find_contacts", {"words": "plumber"}),
    "new contact: julia weber, julia@weber.example": (
        "add_contact", {"name": "julia weber", "email": "julia@weber.example"}),
    "take kevin out of my address book": ("delete_contact", {"contact": "kevin"}),
    "just paid 40 euros for petrol": (
        "add_expense", {"amount": "40 euros", "category": "transport", "description": ["petrol", None]}),
    "what did groceries cost me last month": (
        "expense_report", {"period": "last month", "category": "groceries"}),
    "that lunch was actually 14": ("edit_expense", {"expense": "lunch", "amount": 14}),
    "i want to spend at most 60 on books per month": ("set_budget", {"amount": 60, "category": "books"}),
    "hows the food budget looking": ("budget_report", {"category": "food"}),
    "delete the petrol expense": ("delete_expense", {"expense": "petrol"}),
    "can you read in my bank statement march.csv": ("import_statement", {"path": "march.csv"}),
    "answer annas mail saying ill call her tonight": [
        ("read_mail", {"mail": ["anna", "annas"]}),
        ("send_mail", {
            "to": {"ref": "s1.sender"}, "body": "ill call her tonight", "answers": {"ref": "s1.id"}})],
    "send a mail to lea@example.org, subject keys, text they are under the mat": (
        "send_mail", {"to": "lea@example.org", "subject": "keys", "body": "they are under the mat"}),
    "write an email to anna saying the meeting is moved": [
        ("find_contacts", {"words": "anna"}),
        ("draft_mail", {"to": {"ref": "s1.email"}, "body": "the meeting is moved"})],
    "did the bank email me this week": ("search_mail", {"sender": "bank", "period": "this week"}),
    "open the newest email": ("read_mail", {"mail": ["newest", "newest email", "1", "latest"]}),
    "show me the pdfs in downloads": ("list_files", {"path": "downloads", "pattern": "*.pdf"}),
    "look for invoice 204 in my files": ("search_files", {"query": "invoice 204"}),
    "put report.pdf into the archive folder": ("move_file", {"path": "report.pdf", "to": "archive"}),
    "make a copy of plan.md called plan_old.md": ("copy_file", {"path": "plan.md", "to": "plan_old.md"}),
    "look up how to descale a kettle": ("web_search", {"query": "how to descale a kettle"}),
    "does https://example.org/visit say anything about parking": (
        "find_on_page", {"url": "https://example.org/visit", "about": "parking"}),
    "what time have they got in new york": ("current_time", {"timezone": "new york"}),
    "how long until june 3rd": ("date_difference", {"start": "today", "end": "june 3rd"}),
    "what day was it 10 days ago": ("date_add", {"date": "today", "days": -10}),
    "200 f in c": ("convert_units", {"value": 200, "from_unit": "f", "to_unit": "c"}),
    "convert 250 usd to eur": (
        "exchange_rate", {"amount": 250, "from_currency": "usd", "to_currency": "eur"}),
    "fyi my car is parked on level 3": "remember",
    "where did i park": "recall",
    "good morning! hows it going": "chat",
    "thx that was helpful": "chat",
    "who made you": "chat",
    "are you running on my computer": "chat",
    "great thank you. whats on my calendar tomorrow": ("list_events", {"period": "tomorrow"}),
    "whats my locker number and remind me at 4 to go to the gym": [
        "recall", ("set_reminder", {"text": "go to the gym", "at": "4"})],
    "cancel the dentist and tell me what else is on friday": [
        ("cancel_event", {"event": "dentist"}), ("list_events", {"period": "friday"})],
    "what time is it in tokyo\nand in lima": ("current_time", {"timezone": "lima"}),
    "remind me at 5pm to call mum\nmake it 6pm": ("move_reminder", {"reminder": "call mum", "at": "6pm"}),
    "how much did i spend on food this month\nand last month": (
        "expense_report", {"period": "last month", "category": "food"}),
    "order a pizza": "unclear",
    "play some jazz": "unclear",
}  # fmt: skip
