"""Patterns that the rules of boilerplate are made of: names, agencies, messengers, and what divides and ends a line."""

from __future__ import annotations

from dedup.text.calendar import ENGLISH_MONTHS, ENGLISH_WEEKDAYS

# What stands between a label and what it announces; the end of the line; a full stop may follow, a sentence may not.
SEP = r"\s{0,3}(?:[:|–—>»→…]|\s-\s|-\s|\.{3})"
END = r"[\s.:!…»→>|\])–—-]*$"
CLOSE = r"(?=$|\s*[:|!.…,;»→>\])–—-]|\s+(?:for|to|on|and|here|now|today|at|by|via|in|with|so|&)\b)"
# A few words, on the way to the word that decides.
FEW = r"(?:\W{1,3}[\w@#&'’.-]{1,24}){0,7}?\W{1,3}"
MESSENGER = (
    r"(?:whats\s?app|telegram|signal|viber|wechat|weixin|discord|messenger|imessage|kakaotalk|line\s+(?:app|channel)|"
    r"arattai|koo|sharechat|threema|slack|facebook|twitter|insta(?:gram)?|you\s?tube|tik\s?tok|threads|linked-?in|"
    r"bluesky|mastodon|pinterest|snapchat|reddit|tumblr|flipboard|apple\s+news|google\s+news|vkontakte|truth\s+social|"
    r"soundcloud|spotify|rumble|substack|patreon|x\s*\(|x\s*$|x\s*[,.&]|@\w+|#\w+)"
)
THING = (
    r"(?:news\s?letters?|channels?|groups?|communit(?:y|ies)|mailing\s+lists?|apps?|alerts?|updates|feeds?|podcasts?|"
    r"pages?|handles?|briefings?|bulletins?|e-?papers?|digests?|e-?mails?|notifications?|inbox|headlines|"
    r"social\s+media|"
    r"mobile|servers?|youtube)"
)
# Reported speech is prose, whatever it speaks of.
UNSAID = r"(?!.{0,250}\b(?:said|says|told|wrote|asked|added|urged|warned|insisted)\b)"
MONTH = (
    rf"(?:{'|'.join(ENGLISH_MONTHS + ENGLISH_WEEKDAYS)}|"
    r"christmas|easter|ramadan|noon|midnight|thanksgiving|today|tomorrow|yesterday)\b"
)
_NAME = r"[^\W\d_a-zß-ÿ][\w.'’‘-]{0,25}"
NAMES = rf"{_NAME}(?:\s(?:(?:van|von|de|der|den|da|di|del|la|le|al|el|bin|dos|du)\s){{0,2}}{_NAME}){{1,3}}"
AGENCY = (
    r"(?i:reuters|afp|ap|a\.p\.|pti|ani|ians|upi|dpa|efe|ansa|tass|xinhua|kyodo|bloomberg|bernama|anadolu|aap|cnn|bbc|"
    r"(?:the\s+)?associated\s+press|agence\s+france-presse|press\s+association|pa\s+media|press\s+trust\s+of\s+india|"
    r"news\s+agency|agenc(?:y|ies)|news\s?desk|web\s?desk|online\s+desk|our\s+(?:\w+\s){0,2}(?:correspondent|reporter|"
    r"bureau)|(?:the\s+)?(?:\w+\s){0,2}staff(?:\s+\w+){0,2}|(?:\w+\s){0,2}(?:reporter|correspondent|bureau|desk)|admin)"
)
AUTHOR = rf"(?!{MONTH})(?-i:{NAMES}|{AGENCY})"
SHOWN = (
    r"(?:photo(?:s|graph|graphs|graphy)?|pictures?|pic|images?|video|footage|graphic|illustration|cartoon|chart|map|"
    r"foto(?:s)?|bild(?:er)?|imagen|cr[ée]dit(?:os?|s)?|cr[ée]dits?\s+photo|photo\s+cr[ée]dits?|handout|file)"
)
HOUSE = (
    r"(?:reuters|afp|epa(?:-efe)?|getty(?:\s+images)?|ap(?:\s+photo)?|associated\s+press|shutterstock|istock(?:photo)?|"
    r"alamy(?:\s+stock\s+photo)?|unsplash|pexels|pixabay|wikimedia(?:\s+commons)?|flickr|rex(?:\s+features)?|imago|dpa|"
    r"pti|ani|upi|xinhua|bloomberg|anadolu(?:\s+agency)?|zuma(?:\s+press)?|nurphoto|sipa(?:\s+usa)?|picture\s+alliance|"
    r"pa(?:\s+(?:wire|media|images))?|press\s+association|afp\s+via\s+getty|adobe\s?stock|depositphotos|dreamstime|"
    r"magnum(?:\s+photos)?|corbis|keystone|tt(?:\s+news)?|belga|lusa|ansa|efe|kyodo(?:\s+news)?|yonhap|"
    r"usa\s+today\s+sports)"
)
# A call to follow us, on a network; to have our newsletter.
ON_NETWORK = (
    UNSAID + r"(?:(?:join|follow|subscribe|like|connect|find|get|add|download|stay|sign\s?-?up|catch|check|visit|"
    r"share|support|message|contact|reach)\b(?:\W{1,3}[\w’'-]{1,16}){0,4}?\W{1,3}(?:us|our|me|my|your|ours|official)\b"
    + FEW + MESSENGER + r"|(?:join|follow|subscribe|connect|add)\b" + FEW + r"(?:on|at|via|through|to)\s+(?:\w+\s)?"
    + MESSENGER + r"|(?:join|follow|subscribe)\b(?:\W{1,3}(?:the|to|with|[A-Z]\w*)){0,3}?\W{1,3}" + MESSENGER
    + r").{0,200}$"
)  # fmt: skip
FOR_NEWS = (
    UNSAID + r"(?:join|follow|subscribe|get|add|download|stay|install|sign\s?-?up|receive|register|enter|check|keep)\b"
    r"(?:\W{1,3}[\w’'-]{1,16}){0,3}?\W{1,3}(?:our|us|the|to|your|my|for)\b(?:\W{1,3}[\w&'’.-]{1,24}){0,6}?\W{1,3}"
    + THING
    + CLOSE
    + r".{0,200}$"
)
