"""Words that sentences are filled with. Hand-written; nothing is taken from a benchmark or a data set."""

NAMES = """Anna Ben Carla David Elena Farid Grace Hugo Ines Jonas Kira Liam Maya Nora Omar Priya Quentin Rosa Sami Tara
Uma Victor Wanda Yusuf Zoe Alice Bob Charlie Diana Erik Fiona George Hannah Ivan Julia Kevin Laura Marco Nina Oscar Paula
Ravi Sofia Tom Ursula Vera Will Xenia Yara Aisha Boris Chen Dmitri Emma Felix Gita Hiro Ingrid Jamal Karim Lena Mateo
Nadia Olga Pedro Rania Sven Tomas Viktor Wei Amara Bruno Clara Dario Esther Franz Goran Helga Mum Dad Grandma Grandpa
Sarah Mike Steve Linda Peter Paul Mary John Susan Karen Dave Jenny""".split()

CITIES = """Tokyo|London|Paris|Berlin|Madrid|Rome|Lisbon|New York|Los Angeles|Chicago|Toronto|Sydney|Melbourne|Mumbai|
Delhi|Shanghai|Hong Kong|Singapore|Seoul|Bangkok|Dubai|Cairo|Nairobi|Lagos|Cape Town|Moscow|Istanbul|Athens|Vienna|Prague|
Warsaw|Oslo|Stockholm|Helsinki|Copenhagen|Dublin|Amsterdam|Brussels|Zurich|Geneva|Porto|Barcelona|Buenos Aires|Sao Paulo|
Lima|Bogota|Santiago|Mexico City|Denver|Seattle|Boston|Miami|Houston|Vancouver|Montreal|Auckland|Jakarta|Manila|Karachi|
Tehran|Baghdad|Riyadh|Tel Aviv|Kyiv|Budapest|Bucharest|Sofia|Belgrade|Zagreb|Reykjavik|Honolulu|Anchorage|UTC|PST|EST|
Japan|India|Brazil|Spain|California|Kathmandu|Hanoi|Taipei""".replace("\n", "").split("|")

GROCERIES = """milk|bread|eggs|butter|cheese|apples|bananas|rice|pasta|tomatoes|onions|garlic|chicken|coffee|tea|sugar|
flour|olive oil|yogurt|cereal|potatoes|carrots|lettuce|orange juice|toilet paper|dish soap|batteries|cat food|dog food|
light bulbs|stamps|wrapping paper|shampoo|toothpaste|laundry detergent|paper towels|salt|honey|lemons|avocados""".replace(
    "\n", ""
).split("|")

CHORES = """call {person}|email {person}|text {person}|call the dentist|pay the rent|pay the electricity bill|water the plants|
take out the trash|walk the dog|feed the cat|clean the kitchen|mow the lawn|fix the bike|book a table|renew my passport|
submit the report|send the invoice to {person}|finish the slides|review the budget|buy a present for {person}|
pick up the package|pick up {person} from the station|wash the car|change the bed sheets|do the laundry|vacuum the living room|
return the library books|cancel the gym membership|schedule a checkup|order new glasses|back up the laptop|update the website|
write to the landlord|prepare the meeting|print the tickets|check the oven|take the pills|take my medicine|stretch|
stand up and move|join the standup|leave for the airport|charge the phone|defrost the chicken|buy {grocery}|get {grocery}|
order {grocery}|buy {grocery} and {grocery}|read chapter {digit}|study for the exam|practice the guitar|bake a cake for {person}|
iron the shirts|sweep the garage|plan the trip to {city}|book flights to {city}|repair the {word}|find the {word}|
ask {person} about the {word}|talk to {person} about {word}|sort out the {word}|finish the {word} project|
reply to {person}|meet {person}|the {word} meeting|the dentist appointment|lunch with {person}|dinner with {person}|
buy stamps|call mom|call the bank|visit {person}|paint the fence|clean the gutters|assemble the shelf""".replace(
    "\n", ""
).split("|")

FACT_NOTES = """the wifi password is {code}|the garage code is {code}|parked on level {digit}|the plumber charges {money} an hour|
{person} likes {grocery}|{person} is allergic to {grocery}|the meeting moved to room {digit}|idea: a {word} that {word}s|
the spare key is under the {word}|try the {word} recipe with {grocery}|the car needs new tires|gate code {code}|
book recommendation: {word} by {person}|the {word} shop closes at 6|{person} owes me {money}|the printer is on floor {digit}|
blue paint for the {word}|serial number {code}|the train leaves from platform {digit}|meeting notes: {word} and {word}|
landlord said the {word} will be fixed on monday|invoice {code} was sent|call back {person} about the {word}|
the best pizza is at {person}'s|{word} {word}|look into {word} for the {word}|shoe size {digit}|router model {code}|
the boiler was serviced in october|{city} trip: bring {grocery}|the api key rotates every month|project {word} starts in june|
dinner idea: {grocery} with {grocery}|gift idea for {person}: a {word}""".replace("\n", "").split("|")

NOTE_TOPICS = """wifi password|garage code|plumber|car|meeting|recipe|gate code|landlord|invoice|printer|{person}|{word}|{grocery}|
{city} trip|gift ideas|shoe size|router|boiler|{word} project|passport|book recommendations|paint|{code}|train|tires""".replace(
    "\n", ""
).split("|")

WEB_TOPICS = """weather in {city}|best pizza in {city}|how to fix a leaking tap|python list comprehension|train times to {city}|
population of {city}|football results|news about {word}|latest news on {word}|cheap flights to {city}|how to cook {grocery}|
{grocery} recipes|opening hours of the {city} museum|symptoms of flu|who won the {word} cup|exchange rate euro dollar|
history of {city}|restaurants near me|{word} reviews|price of {word}|how tall is {word} tower|what is {word}|
{word} {word}|best laptops 2026|vegan {grocery} recipes|electric cars|how to tie a tie|rust borrow checker|hotels in {city}|
the {word} festival|mars missions|solar panels|{person} {word}|stock price of {word}|how long to boil eggs""".replace(
    "\n", ""
).split("|")

FILE_STEMS = """notes|report|todo|budget|shopping|distance|result|results|answer|summary|log|data|invoice|letter|draft|ideas|
plan|recipe|meeting|trip|readme|config|main|index|test|budget_2026|list|numbers|output|journal|contacts|schedule|
expenses|conversion|total|my-notes|week1|server|app|script|diary|cv|thesis|chapter1""".replace(
    "\n", ""
).split("|")
EXTENSIONS = "txt txt txt md md csv json py log html yaml toml cfg ini pdf docx".split()
FOLDERS = """docs|src|notes|projects|downloads|Documents|Downloads|photos|work|archive|reports|data|backup|music|config|tests|
invoices|letters|Desktop|my folder|projects/web|src/app|notes/2026""".replace("\n", "").split("|")
KINDS_OF_FILE = {
    "python": "*.py",
    "text": "*.txt",
    "txt": "*.txt",
    "markdown": "*.md",
    "md": "*.md",
    "pdf": "*.pdf",
    "csv": "*.csv",
    "json": "*.json",
    "log": "*.log",
    "html": "*.html",
    "yaml": "*.yaml",
    "word": "*.docx",
    "javascript": "*.js",
}

UNIT_PAIRS = """miles km|km miles|kilometers miles|miles kilometers|feet meters|meters feet|inches cm|cm inches|pounds kg|kg pounds|
lbs kg|kilograms pounds|ounces grams|grams ounces|oz g|celsius fahrenheit|fahrenheit celsius|F C|C F|°F °C|°C °F|liters gallons|
gallons liters|cups ml|ml cups|tablespoons ml|hours minutes|minutes seconds|days hours|weeks days|mph km/h|km/h mph|
acres hectares|yards meters|stone kg|GB MB|MB GB|kb mb|joules calories|knots km/h|bar psi|psi bar|square feet square meters|
m ft|ft m|mm inches|nautical miles km|tonnes kg|teaspoons ml|pints liters|litres pints|degrees fahrenheit celsius|
watts horsepower|light years km|meters yards|terabytes gigabytes|hours seconds|years days""".replace(
    "\n", ""
).split("|")

PURCHASES = {
    "food": "lunch|dinner|breakfast|coffee|pizza|a sandwich|brunch|sushi|a burger|takeaway|ice cream|a restaurant|snacks|beers|tacos|"
    "drinks with {person}|lunch with {person}|dinner with {person}|a kebab|ramen|donuts",
    "groceries": "groceries|the supermarket|{grocery}|food shopping|weekly shop|the market|{grocery} and {grocery}",
    "transport": "the bus|a taxi|gas|fuel|parking|train tickets|an uber|the metro|petrol|a bus ticket|tolls|bike repair|a cab",
    "housing": "rent|the rent|furniture|a lamp|home insurance|paint for the flat|a new chair|mortgage|ikea",
    "utilities": "electricity|the electricity bill|internet|the water bill|the phone bill|gas bill|heating|the internet bill",
    "health": "the pharmacy|medicine|the dentist|a doctor visit|vitamins|glasses|aspirin|physio|the gym",
    "entertainment": "the cinema|movie tickets|a concert|a video game|a museum ticket|bowling|concert tickets|theatre|a board game",
    "travel": "a hotel|a flight to {city}|flights|a hostel|luggage|the hotel in {city}|an airbnb|a visa",
    "clothing": "shoes|a jacket|socks|a dress|jeans|new sneakers|a winter coat|t-shirts|boots",
    "education": "a book|books|an online course|textbooks|tuition|a language class|notebooks|piano lessons",
    "gifts": "a birthday present|flowers for {person}|a gift for {person}|christmas presents|a present for {person}",
    "subscriptions": "netflix|spotify|cloud storage|a magazine subscription|the newspaper|youtube premium|icloud",
    "other": "a haircut|batteries|stamps|dog food|a {word}|cat litter|dry cleaning|a donation|{word} stuff|the vet",
}

MONTHS = "January February March April May June July August September October November December".split()
WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
HOLIDAYS = (
    "christmas|new year|halloween|easter|my birthday|valentine's day|new year's eve|christmas eve".split("|")
)
NUMBER_WORDS = "zero one two three four five six seven eight nine ten eleven twelve".split()

COMMANDS = """ls -la|df -h|uname -a|git status|pwd|whoami|du -sh .|cat notes.txt|wc -l report.md|ps aux|date|uptime|free -m|
python --version|grep -r todo .|head -n 5 data.csv|tail log.txt|find . -name '*.py'|echo hello|git log --oneline|ls *.txt|
sort names.txt|mkdir {word}|touch {word}.txt|env|hostname|tar czf backup.tgz docs|make test|pip list|node -v|echo {word} {digit}|
cat /etc/os-release|lscpu|git diff|which python3|seq 1 {digit}|cal|sha256sum {word}.bin|cp a.txt b.txt|wc -w {word}.md""".replace(
    "\n", ""
).split("|")

RELATIONS = """my sister|my brother|my mother|my father|my mom|my dad|my wife|my husband|my partner|my daughter|my son|my boss|
my best friend|my neighbour|my dog|my cat|my car|my landlord|my dentist|my doctor|my uncle|my aunt|my cousin|my girlfriend|
my boyfriend|my grandma|my roommate|my manager|our team|my colleague {person}|{person}|the {word}|my {word}|my bike|my laptop|
my bank|the office|our house|my phone|my teacher|my accountant""".replace("\n", "").split("|")

ATTRIBUTES = {
    "birthday": "{date}",
    "name": "{person}",
    "favourite color": "{color}",
    "favorite food": "{grocery}",
    "favourite {word}": "{pseudo}",
    "phone number": "{phone}",
    "address": "{address}",
    "email": "{email}",
    "license plate": "{code}",
    "anniversary": "{date}",
    "shoe size": "{digit}{digit}",
    "blood type": "(A positive|O negative|B positive|AB|0+)",
    "wifi password": "{code}",
    "password": "{code}",
    "pin": "{digit}{digit}{digit}{digit}",
    "code": "{code}",
    "account number": "{phone}",
    "age": "{digit}{digit}",
    "job": "(nurse|teacher|plumber|engineer|baker|lawyer|painter|driver)",
    "hometown": "{city}",
    "model": "{pseudo} {digit}",
    "{word}": "{pseudo}",
    "name day": "{date}",
    "size": "(small|medium|large|XL|{digit}{digit})",
    "office": "room {digit}{digit}",
    "middle name": "{person}",
    "team": "{pseudo}",
}

COLORS = "red blue green yellow purple orange teal black white pink grey brown turquoise".split()

WORDS = """garden window table engine bridge river mountain bottle camera guitar ladder mirror basket candle hammer pillow
rocket saddle tunnel violin wallet anchor barrel canvas dragon feather glacier harbor island jacket kettle lantern magnet
needle orchid parrot quartz ribbon shovel tripod umbrella velvet walnut yacht zipper album beacon cactus domino ember
fountain gadget helmet igloo jungle kiosk lagoon meadow nugget oasis pebble quiver raven satchel timber urn valve wagon
sofa carpet desk shelf stove boiler router printer projector balcony roof cellar attic fence gate garage shed kitchen
contract budget survey prototype launch release newsletter banner logo database server backup migration dashboard report
festival museum library theater stadium harbour castle chapel market bakery pharmacy clinic school college studio gallery
marathon workout recipe menu playlist podcast novel poem essay thesis lecture seminar workshop exam quiz homework tournament
planet comet galaxy telescope compass robot drone sensor battery cable antenna turbine reactor laser crystal fossil
whale falcon otter badger beetle salmon tiger panda koala gecko""".split()

FILLERS_BEFORE = """hey|hi|ok|okay|so|um|yo|hey there|hello|right|alright|quick one:|quick question:|hi there,|hey homewit,|homewit,|
ok so|please|pls|btw|also|well|good morning,|morning,|real quick,|sorry,|oh and|hmm|say,|one more thing:|hey can you help:|
i was wondering,|just wondering,|before i forget:|if you can,|when you have a sec,|first,|now|then""".replace(
    "\n", ""
).split("|")
CONTEXTS = """i'm at the supermarket,|we have guests on sunday,|my boss wants a report,|i'm baking a cake,|i always forget this,|got a minute?|
i'm planning a trip to {city},|{person} asked me about it,|i just got home,|it's late but|the meeting is about to start,|i'm cleaning up my files,|
not sure if you can do this but|this is urgent:|i lost track of things,|i need some help:|for my tax return:|i'm preparing for {city},|{person} told me that it matters,|
i was talking to {person} and|small favour:|ok here is the thing,|as discussed,|i have a {word} to finish,|while i'm cooking,|since it's friday,|new day new try:|
my {word} broke today.|long day today.|let's get organised.|what a week.|i'm back.|back from lunch,|last thing for today:""".replace(
    "\n", ""
).split("|")
POLITE_BEFORE = """can you|could you|would you|will you|please|pls|can you please|could you please|i'd like you to|i want you to|i need you to|i want to|
i'd like to|i need to|let's|help me|help me to|go ahead and|would you be so kind to|mind if you|kindly|quickly|can u|could u|i would like to|you can|just|
be a dear and|do me a favour and|how about you|is it possible to|are you able to""".replace("\n", "").split(
    "|"
)
IMPERATIVES = frozenset(
    "convert change turn add show list read open search find look note remind set mark log run fetch calculate compute create make save "
    "write put tell give check get express translate count display print view cat store dump overwrite grep scan jot take track tick cross "
    "complete finish close execute exec record google browse load download visit work figure solve evaluate do".split()
)
FILLERS_AFTER = """please|pls|thanks|thx|thank you|asap|for me|cheers|if you can|when you get a chance|real quick|ok?|would you|
if possible|plz|ta|now|today please|, thanks|, please|thanks!|:)""".replace("\n", "").split("|")

KNOWLEDGE = (
    "what is the capital of {city}", "what's the population of {city}", "who invented the {word}", "who discovered {word}", "who wrote the {word} book", "who built the {word} tower", "how do i fix a {word}", "how to clean a {word}", "how do you cook {grocery}", "how can i grow {grocery}", "when was the {word} invented", "when did the {word} war end", "why are {word}s so expensive",
    "how old is the {word}", "how tall is mount {word}", "how fast is a {word}", "who is the president of {city}", "who is the ceo of {word}", "what's the weather in {city}", "what is the weather like in {city}", "will it rain in {city}", "weather {city}", "weather forecast for {city}", "latest news from {city}", "who won the {word} cup", "what does {word} mean", "what is a {word}", "what's the best {word}",
    "how many people live in {city}", "where is {city}", "how far is it from {city} to {city}", "what language do they speak in {city}", "is {grocery} healthy", "what is the price of {grocery}", "how much does a {word} cost", "which {word} should i buy", "what are the symptoms of flu", "who sings {word}", "what time does the {word} open in {city}", "flights to {city}", "hotels in {city}", "is there a {word} near me",
)  # fmt: skip
