"""The rules of `marks`, as data: families of patterns, each with where it comes from and what kind it is.

Written from news pages and feeds that were read, and from the themes and plug-ins that write such lines; never a list
of the strings of one outlet, which `repeated` learns. Three languages besides English have the commonest.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, cached_property

from dedup.boilerplate.patterns import (
    AGENCY,
    AUTHOR,
    END,
    FOR_NEWS,
    HOUSE,
    MESSENGER,
    MONTH,
    NAMES,
    ON_NETWORK,
    SEP,
    SHOWN,
    UNSAID,
)
from dedup.text.calendar import ENGLISH_MONTHS, ENGLISH_WEEKDAYS, SHORT_MONTHS


@dataclass(frozen=True)
class LineRule:
    """A line that matches `pattern` from its beginning."""

    source: str
    in_prose: bool
    """Whether the rule may also be tried on the last sentences of a text, not on whole lines alone."""

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Compiled when a line is first tried: most rules are never tried on a few texts."""
        return re.compile(self.source, re.IGNORECASE)


_TABLE: tuple[tuple[str, str, bool], ...] = (
    # - first words; the first two, tied by _, where the first alone begins much prose
    # - what matches from the beginning of the line; case is ignored
    # - whether also at the end of prose
    # -- announcements of other stories: "ALSO READ | …", "Read more: …", "Related: …"
    (
        "also must further next please don't dont see read watch listen recommended related lire lea lee leer "
        "lesen leggi leia lees mehr voir ver weiterlesen auch más mas à más",
        r"(?:(?:also|must|further|next|please|do\s?n[o'’]?t\s+miss|see|voir|ver|auch|más|mas|à)\W{1,3})?"
        r"(?:(?:read|see|watch|listen|lire|lea|lee|leer|lesen(?:\s+sie)?|leggi|leia|lees|interessant|ansehen)\b)?"
        r"(?:\W{1,3}(?:also|more|next|on|this|too|aussi|la\s+suite|plus|también|tambien|más|mas|auch|mehr|dazu|anche|"
        r"também|mais|ook|live|now|full\s+story|zum\s+thema)){0,2}(?:" + SEP + r"|\s*$)",
        True,
    ),
    ("also read must further related", r"(?-i:ALSO READ|READ ALSO|READ MORE|READ NEXT|MUST READ|READ|Also Read|Read "
     r"Also|"
     r"Must Read|Read More|RELATED)\b(?!\s+[a-z]{1,12}\s+[a-z]).{0,300}", True),
    ("read", r"read\s+(?:more|also|on)\b\W{0,3}(?:$|(?:here|at|from|about|in\s+our|on\s+our|on\s+(?:the\s+)?topic|"
     r"stories|"
     r"news|articles|coverage)\b.{0,160}$)", True),
    ("read view see continue", r"(?:read|view|see)\s+(?:the\s+|our\s+|this\s+)?(?:full|complete|entire|"
     r"rest\s+of\s+(?:the|this))\s+(?:\w+\s)?"
     r"(?:story|article|report|piece|interview|post|text|entry|coverage|analysis|statement|transcript|list|gallery)\b"
     r".{0,120}$", True),
    ("continue keep", r"(?:continue|keep)\s+reading\b(?:" + END + r"|\s+(?:the\s+main|this|at|on|here|below|with|"
     r"by|after|→).{0,120}$"
     r"|\W{1,3}.{0,160}$)", True),
    ("weiterlesen weiter lire leer seguir sigue continuar continua artikel", r"(?:weiterlesen|weiter\s+lesen|"
     r"(?:lire|leer)\s+(?:la\s+suite|más|mas|plus)|"
     r"seguir\s+leyendo|sigue\s+leyendo|continuar\s+lendo|continua\s+a\s+leggere)\b.{0,100}$", True),
    ("related recommended trending popular you_may you_might more most editor's editors top latest recent similar "
     "suggested "
     "other what's whats topics tags tag tagged filed categories category keywords mehr te_puede te_podría "
     "te_recomendamos "
     "también_te noticias_relacionadas articles_liés sur_le das_könnte meistgelesen",
     r"(?:(?:related|recommended|recent|similar|suggested|latest|popular|top|other|more|most)\W{1,3}"
     r"(?:articles?|stor(?:y|ies)|posts?|news|topics?|reads?|reading|coverage|videos?|links?|content|popular|read|"
     r"viewed|"
     r"shared|for\s+you|from\s+(?:\w+\W{1,3}){0,4}\w+|on\s+(?:this|the)\s+(?:story|topic)|like\s+this)"
     r"(?:" + END + r"|" + SEP + r".{0,200}$|\s+(?:from|on)\s+(?-i:[A-Z]|the\s|this\s|our\s|us\b).{0,40}(?<![.!?])$)|"
     r"(?:related|recommended|trending(?:\s+now)?|editor[s'’]{0,2}s?\s+(?:pick|choice)s?|topics|tag(?:s|ged)?|"
     r"filed\s+under|"
     r"categor(?:y|ies)|keywords|most\s+(?:read|popular|viewed)|you\s+(?:may|might)\s+(?:also|like).{0,30}?|"
     r"what[’']?s\s+(?:hot|trending)|mehr\s+zum\s+thema|meistgelesen|das\s+könnte\s+(?:sie|dich)"
     r"\s+(?:auch\s+)?interessieren|"
     r"te\s+(?:puede|podría)\s+interesar|(?:también\s+)?te\s+recomendamos|noticias\s+relacionadas|articles\s+liés|"
     r"sur\s+le\s+même\s+sujet)(?:" + END + r"|" + SEP + r".{0,200}$))",
     False),
    ("watch live listen video in_pics in_pictures in_photos", r"(?:watch(?:\s+(?:live|now|video|the\s+video|below|"
     r"here))?|live\s+stream|"
     r"listen(?:\s+(?:live|now|here))?|"
     r"video|in\s+(?:pics|pictures|photos))" + SEP + r".{0,160}$", False),
    ("click tap press swipe scroll", r"(?:click|tap|press|swipe)\s+(?:(?:here|below|the\s+(?:link|button|bell)|"
     r"on\s+the\s+(?:link|button|bell)|on\s+(?:this|your)|"
     r"this\s+link|through|to\s+(?:share|print|email|expand|enlarge|play|subscribe|join|read|view|watch|see|follow|"
     r"download))\b).{0,200}$",
     True),
    ("hier klicken klicke haga haz cliquez", r"(?:hier\s+klicken|klicke?n?\s+(?:sie\s+)?hier|ha(?:ga|z)"
     r"\s+clic(?:k)?|cliquez\s+(?:ici|sur))\b.{0,200}$", True),
    # -- calls to follow, join, subscribe; messengers and networks decide, or "our … newsletter"
    ("join follow subscribe like_us like_our find get add download stay sign catch check visit share support message "
     "contact reach connect", ON_NETWORK, True),
    ("join follow subscribe get add download stay install sign receive register enter check keep", FOR_NEWS, True),
    ("for_more for_the for_all for_latest for_breaking for_live for_instant for_regular for_daily for_updates for_news "
     "for_real for_exclusive for_other for_any to_get to_read to_join to_receive to_follow to_subscribe to_stay "
     "to_sign "
     "to_keep to_become to_be want_to want_more want_the want_all want_our please you_can be_sure",
     r"(?=.{0,160}?\b(?:follow|join|subscribe|sign\s?-?up|download|connect|like\s+us|find\s+us|add\s+us|get\s+our|"
     r"register)\b)(?:\w+\W{1,3}){1,10}?(?:" + ON_NETWORK + "|" + FOR_NEWS + ")", True),
    ("subscribe sign register join follow log login already", r"(?:subscribe|sign\s?-?(?:up|in)|register|join|"
     r"follow|log\s?-?in|login|already\s+a\s+(?:subscriber|member)(?:\W.{0,40})?)"
     r"(?:\s+(?:now|here|today|free|us|for\s+free|(?:for|to)\s+(?:our|the\s(?=(?-i:[A-Z]))|us|continue|read|this|get|unlock)\b.{0,100}|"
     r"with\s+us|and\s+get\b.{0,80})){0,3}(?<![.!?])"
     + END, True),
    ("join", r"join\s+(?:over\s+|more\s+than\s+|the\s+)?[\d.,]{1,12}\S{0,2}\s+(?:\w+\s){0,2}(?:subscribers|readers|"
     r"followers|members|others|people|fans)\b.{0,120}$", True),
    ("subscribe", r"subscribe\s+(?:now|today|here|to|for|and|from)\b.{0,160}$", False),
    ("follow", r"follow\s+(?:us|me|him|her|them|@\w+|" + rf"(?-i:{NAMES})" + r"|(?:\w+\W{1,2}){1,4}@\w+|"
     r"(?:the\s+)?[\w.]+\s+(?:for|on))\b(?:" + END +
     r"|\s+(?:on|at|for\s+(?:more|the\s+latest|latest|all|breaking|live|news))\b.{0,160}$)", True),
    ("never don't dont stay be get want keep", r"(?:never|don[’']?t)\s+miss\s+(?:a|an|the|any|out)\b.{0,140}$|"
     r"stay\s+(?:tuned|updated|informed|connected|up[\s-]to[\s-]date|ahead|in\s+the\s+know)\b(?:"
     + END + r"|\s+(?:to|with|on|for|by)\b.{0,160}$)|"
     r"(?:get|want)\s+(?:the\s+|all\s+the\s+|our\s+|more\s+)?(?:latest|breaking|top|best|daily|free|morning|"
     r"day[’']s)\b.{0,100}?"
     r"\b(?:inbox|newsletter|app|alerts?|updates|notifications|e-?mail|here|on\s+your|delivered|whatsapp|telegram|"
     r"channel)\b.{0,120}$", True),
    ("folgen folge abonnieren abonniere jetzt newsletter melden kostenlos treten",
     r"(?:folgen?\s+sie\s+uns|folgt?\s+uns|abonnieren?\s+(?:sie\s+)?(?:jetzt|unseren?|den|die|hier|uns)|"
     r"jetzt\s+(?:unseren\s+)?(?:anmelden|abonnieren|newsletter)|"
     r"newsletter|melden\s+sie\s+sich|kostenlos\s+abonnieren|treten\s+sie\s+unser)\b.{0,160}$", True),
    ("síguenos siguenos síganos suscríbete suscribete suscríbase únete unete únase recibe regístrate",
     r"(?:s[íi]g(?:ue|a)nos|suscr[íi]b(?:e|a)[ts]e|[úu]ne?a?[ts]e\s+a|recibe\s+(?:las|los|el|nuestr)|reg[íi]strate)"
     r"\b.{0,160}$", True),
    ("suivez-nous suivez abonnez-vous abonnez rejoignez rejoignez-nous inscrivez inscrivez-vous recevez s'abonner "
     "s'inscrire",
     r"(?:suivez[\s-]nous|abonnez[\s-]vous|rejoignez(?:[\s-]nous|\s+(?:notre|nos))|inscrivez[\s-]vous|"
     r"recevez\s+(?:nos|notre|toute|les|chaque)|s[’']abonner|"
     r"s[’']inscrire)\b.{0,160}$", True),
    ("newsletter newsletters whatsapp telegram facebook twitter instagram youtube tweet share print email e-mail "
     "comment comments "
     "linkedin pinterest reddit copy teilen compartir partager condividi save facebook messenger flipboard tumblr x "
     "sms link more",
     r"(?:(?:newsletters?|whats\s?app|telegram|facebook|twitter|x|instagram|you\s?tube|linked-?in|pinterest|reddit|"
     r"tumblr|flipboard|messenger|tweet|"
     r"share|print|save|e-?mail|sms|comments?|copy(?:\s+link)?|link|more|teilen|compartir|partager|condividi)"
     r"\W{0,3}){1,14}$", False),
    ("get", r"get\s+(?:\w+\s+){0,3}(?:alerts?|updates?|news|headlines|stories)\b.{0,60}?\b(?:on|via|in|from|by)"
     r"\s+(?:your\s+|"
     r"our\s+)?(?:\w+\s)?(?:" + MESSENGER + r"|phone|inbox|app|e-?mail|browser|sms)\b.{0,60}$", True),
    ("open_in advertise_with powered_by view_source see_source watch_the listen_to watch_this play_the we_value "
     "support_our support_independent support_local support_quality",
     r"(?:open\s+in\s+(?:the\s+)?app|advertise\s+with\s+us|powered\s+by\s+(?-i:[A-Z])[\w.]{1,30}(?:\s+[\w.]{1,20}){0,2}|(?:view|see)\s+source|"
     r"we\s+value\s+your\s+"
     r"privacy|(?:watch|listen\s+to|play)\s+(?:the|this|our)\s+(?:full\s+)?(?:video|article|story|podcast|episode|clip)"
     r"(?:\s+(?:below|above|here|on|at)\b.{0,40})?|support\s+(?:our|independent|local|quality)\s+(?:journalism|"
     r"journalists|work|"
     r"newsroom|reporting)(?:\W.{0,80})?)" + END, True),
    ("don't dont what_to", r"(?:don[’']?t\s+miss|what\s+to\s+(?:read|watch|know|listen))(?:\s+next)?(?:" + END + "|"
     + SEP +
     r".{0,160}$)", False),
    # -- sharing, comments
    ("share tweet pin email e-mail print artikel comparte compartir partager partagez teilen condividi",
     r"(?:(?:share|tweet|pin|e-?mail|print|save)\s+(?:this|it|on|via|to|by|with\s+(?:your|friends)|"
     r"your\s+(?:thoughts|views|feedback|comments|story))\b"
     r"(?:" + END + r"|\s+(?:this\s+)?(?:article|story|post|page|news|link|content|with|on|via|by|facebook|twitter|x|"
     r"whatsapp)\b.{0,80}$|" + SEP + r".{0,120}$|"
     r"\s+(?:in|below)\b.{0,60}$)|"
     r"(?:artikel\s+teilen|teilen|comparte?i?r?|partager|partagez|condividi)(?:\s+(?:en|sur|su|auf|esto|este|esta|"
     r"cet|l[’'])\b.{0,60})?" + END + ")", False),
    ("like_this like_loading loading leave add_a add_your post_a post_your view_all view_comments show_comments "
     "show_all "
     "hide_comments "
     "be_the read_the read_all read_comments write_a your_email cancel_reply comments comment no_comments join_the "
     "you_must",
     r"(?:like\s+this|(?:like\W{1,3})?loading|(?:leave|add|post|write|view|show|hide|read|join)\s+(?:a|the|your|all|"
     r"\d+)?\s?(?:comments?|reply|conversation|discussion)|"
     r"be\s+the\s+first\s+to\s+(?:comment|know|like|share).{0,40}|cancel\s+reply|"
     r"your\s+email\s+address\s+will\s+not\s+be\s+published.{0,80}|"
     r"(?:no|\d+)\s+comments?(?:\s+yet)?|comments?\s+(?:are\s+)?(?:closed|off|section)?|"
     r"you\s+must\s+be\s+logged\s+in.{0,60})" + END, False),
    # -- cookies, terms
    ("this_site we_use we_store we_and we_also we_set we_place this_website this_site this_page this_web our_site "
     "our_website "
     "our_sites "
     "our_partners our_web website site the_website the_site the_web diese_website diese_site diese_webseite "
     "diese_seite "
     "wir_verwenden wir_nutzen wir_setzen utilizamos usamos este_sitio esta_web esta_página nous_utilisons ce_site "
     "notre_site en_poursuivant", r"(?:we|this\s+(?:web)?\s?(?:site|"
     r"page)|our\s+(?:web)?\s?(?:site|sites|partners)|(?:web)?site|the\s+(?:web)?site)"
     r"(?:\s+and\s+our\s+(?:\d+\s+)?partners)?\s+(?:also\s+)?(?:uses?|stores?|sets?|places?)"
     r"\b.{0,60}?\bcookies\b.{0,400}$|"
     r"this\s+site\s+uses\s+akismet\b.{0,100}$|(?:diese\s+(?:web)?(?:site|seite)|wir)\s+(?:verwende[nt]|nutz(?:en|t)"
     r"|setz(?:en|t))"
     r"\b.{0,60}?\bcookies\b.{0,400}$|"
     r"(?:utilizamos|usamos|est[ea]\s+(?:sitio|web|página)(?:\s+web)?\s+(?:utiliza|usa))\b.{0,60}?\bcookies\b.{0,400}$|"
     r"(?:nous\s+utilisons|(?:ce|notre)\s+site(?:\s+web)?\s+utilise|en\s+poursuivant\s+votre\s+navigation)"
     r"\b.{0,100}?\bcookies\b.{0,400}$", True),
    ("by_continuing by_continue by_clicking by_using by_browsing by_subscribing by_signing by_submitting "
     "by_registering "
     "by_providing by_proceeding by_choosing if_you", r"(?:by|if\s+you)\s+(?:continu(?:ing|e)|clicking|using|"
     r"browsing|subscribing|signing|submitting|"
     r"registering|providing|proceeding|choosing)\b.{0,120}?"
     r"(?:you|i)\s+(?:(?:hereby\s+)?(?:agree|accept|consent|acknowledge|confirm)).{0,300}$", True),
    ("accept manage cookie cookies reject allow decline privacy terms this_site datenschutz datenschutzerklärung "
     "datenschutzhinweise alle_akzeptieren alle_cookies impressum aceptar política accepter tout_accepter skip_to "
     "do_not", r"(?:(?:accept|reject|allow|manage|decline)\s+(?:all|cookies|consent|preferences|"
     r"settings|options|and)\b|cookies?\s+(?:policy|settings|consent|notice|preferences)|"
     r"privacy\s+(?:policy|notice|settings|preferences|manager)|terms\s+(?:of\s+(?:use|service)|and\s+conditions|"
     r"&\s+conditions)|this\s+site\s+is\s+protected\s+by\s+recaptcha|"
     r"datenschutz(?:erklärung|hinweise)?|alle\s+(?:cookies\s+)?akzeptieren|impressum|aceptar\s+(?:todas?|cookies)|"
     r"política\s+de\s+(?:privacidad|cookies)|"
     r"(?:tout\s+)?accepter|skip\s+to\s+(?:main\s+)?content|do\s+not\s+sell\s+my)\b.{0,120}$", False),
    # -- advertising
    ("advertisement advertisements advertising ad ads sponsored promoted anzeige werbung publicidad publicité "
     "pubblicità publicidade "
     "article story content scroll remaining paid this_advertisement this_ad", r"(?:advertisements?|advertising|ads?|"
     r"sponsored(?:\s+(?:content|post|by\b.{0,40}))?|promoted(?:\s+content)?|paid\s+(?:content|post)|anzeige|"
     r"werbung|publicidade?|publicité|pubblicità)(?:\s*[:|]\s*.{0,60})?" + END + r"|(?:advertisements?|ad)"
     r"\s*[-–—]\s*(?:scroll|continue|story|article).{0,80}$|"
     r"(?:article|story|content|remaining)\s+(?:continues?|resumes?|is\s+continued)\s+(?:below|after)\b.{0,60}$|"
     r"scroll\s+(?:down\s+)?(?:to|for)\s+(?:continue|more|read).{0,60}$|this\s+(?:advertisement|ad)"
     r"\s+has\s+not\s+loaded.{0,80}$", True),
    # -- rights
    ("© copyright c all_rights all_right all_content alle_rechte derechos_reservados todos tous tutti this_material "
     "this_article "
     "this_content "
     "this_work this_story", r"(?:©|copyright\b\s*(?:©|\(c\)|:|\d{4}|19|20|by\b|the\b|"
     r"reserved|of\b|-|–|$)|c\)\s*(?:19|20)\d\d|\(c\)|all\s+rights?\s+reserved|all\s+content\s+(?:©|copyright)|"
     r"alle\s+rechte\s+vorbehalten|(?:todos\s+los\s+)?derechos\s+reservados|todos\s+os\s+direitos|tous\s+droits|"
     r"tutti\s+i\s+diritti|"
     r"this\s+(?:material|article|content|work|story)\s+(?:may|must|can)\s*not\s+be\s+(?:published|reproduced|"
     r"copied|republished|broadcast|redistributed))(?![a-z]).{0,300}$", True),
    # -- who wrote it, when
    ("by von por par door di da", r"(?:by|von|por|par|door|di|da)\s*:?\s+" + AUTHOR +
     r"(?:\s*(?:,|and|&|und|y|et|with)\s*(?:and\s+)?" + AUTHOR + r"){0,5}"
     r"(?:\s*(?:,|\||/|•|·|–|—|-|\(|\bin\b|\bfor\b|\bat\b|published\b|updated\b|posted\b|on\b|of\b|\d)"
     r".{0,90}(?<![.!?]))?\s*$",
     False),
    ("by", r"by\s+(?-i:[A-Z][A-Z.'’-]+(?:\s[A-Z][A-Z.'’-]+){1,3})(?:\s*[,|/–—-].{0,60})?$|by\s+" + AGENCY +
     r"(?:\s*[,|/–—-].{0,60})?" + END, False),
    ("written reported posted published edited compiled author authors story reporting editing text words report "
     "updated last created first "
     "created date autor autora veröffentlicht aktualisiert publicado actualizado publié mis zuletzt modified",
     r"(?:(?:written|reported|posted|published|edited|compiled|story|report|text|words|created|updated|curated|"
     r"reviewed)\s+by\b(?=\W{1,3}(?:(?-i:[A-Z])|admin|staff|our|the))|authors?\s*:|autora?\s*:|"
     r"(?:reporting|editing|writing)\s+by\b)\W{0,3}(?:.{2,160})$", True),
    ("last updated posted published first updated modified originally zuletzt aktualisiert veröffentlicht stand "
     "publicado actualizado última publié mis",
     r"(?:(?:last|first|originally)\s+)?(?:updated|modified|published|posted|reviewed|aktualisiert|veröffentlicht|"
     r"publicado|actualizad[oa]|publié|mis\s+à\s+jour)"
     r"(?:\s+(?:at|on|am|um|el|le|in))?\s*:?\W{0,3}(?:\w{0,10}\W{0,3})?(?:\d|" + MONTH + r"|(?:an?|one|two|few)"
     r"\s+(?:\w+\s)?(?:minute|hour|day|week)).{0,80}$|"
     r"(?:zuletzt\s+aktualisiert|última\s+actualización|dernière\s+mise\s+à\s+jour)\b.{0,80}$", False),
    ("posted_in", r"posted\s+in\s+(?-i:[A-Z]).{0,80}(?<![.!?])$", False),
    (" ".join((*ENGLISH_MONTHS, *SHORT_MONTHS, "sept", *ENGLISH_WEEKDAYS)),
     r"(?:\w+day,?\s+)?[a-z]{3,9}\.?\s+\d{1,2}(?:st|nd|rd|th)?,?\s+(?:19|20)"
     r"\d\d(?:[\W_]{1,4}(?:at\s+)?\d{1,2}[:.]\d\d.{0,20})?" + END, False),
    # -- pictures
    ("photo photos photograph photographs photography picture pictures pic image images video footage graphic "
     "illustration foto fotos bild bilder imagen "
     "crédit crédits credit credits cortesía courtesy file handout screenshot screengrab featured representational "
     "representative getty ap afp",
     r"(?:(?:featured|representational|representative|cover|main|header|file)\W{1,3})?" + SHOWN +
     r"(?:\W{1,3}(?:source|credits?|courtesy|by|caption|crédit|nachweis|from|via|for\s+representation))?"
     r"(?:\s*[:|©]\s*.{1,120}$|\s+(?:by|via)\s+(?-i:[A-Z]).{2,80}$)|"
     r"(?:photo|picture|image|video|photos|images|foto|bild)\s*(?:credits?|courtesy|source|by|caption|nachweis|"
     r"quelle)\b(?=\W).{1,120}$|"
     r"(?:image|photo|picture)\s*(?:credit|source|caption)\s*,?.{0,120}$|credits?\s*:.{1,120}$|"
     r"(?:photo\s+)?courtesy\s*(?::|of\b).{1,100}$|"
     r"(?:representational|representative|file)\s+(?:image|photo|picture|pic)s?" + END + r"|(?:screenshot|"
     r"screengrab)(?:\s+(?:from|via|by)|\s*[:/]).{1,80}$", False),
    ("getty reuters afp ap epa shutterstock istock alamy unsplash pexels pixabay wikimedia flickr imago dpa pti ani "
     "via pa zuma anadolu xinhua bloomberg "
     "rex adobe keystone sipa nurphoto press associated", HOUSE + r"(?:\s*(?:/|\||via|,|-|–|—)\s*[\w "
     r".'’&/-]{1,60})?" + END + r"|ap\s+photo\s*/.{1,80}$", False),
    # -- where it is from, notes of the desk
    ("source sources via quelle quellen fuente fuentes fonte input inputs additional_inputs with_inputs with_input "
     "with_afp with_ap with_pti with_ani with_ians with_reuters with_reporting "
     "with_files with_reports with_additional with_agency with_agencies", r"(?:(?:source|quelle|"
     r"fuente|fonte)s?\s*(?::|\||–|-\s|—)\s*.{1,120}$|via\s*(?::|\||@)?\s*(?-i:[A-Z@]).{0,60}(?<![.!?,])$|"
     r"(?:with\s+)?(?:additional\s+)?inputs?\s+from\b.{1,80}$|with\s+(?:reporting|files|reports|"
     r"additional\s+reporting)\s+(?:from|by)\b.{1,100}$|with\s+(?:agenc(?:y|ies)|afp|ap|pti|ani|ians|reuters)"
     r"\s+inputs?\b.{0,40}$)", True),
    ("this_is this_breaking this_developing this_story this_article this_report this_copy this_post this_content "
     "contributing additional_reporting except_for apart_from",
     r"(?:this\s+(?:is\s+a\s+)?(?:breaking|developing)(?:\s+news)?(?:\s+story)?\b.{0,120}(?:check\s+back|updat|"
     r"refresh|more\s+details|information|developing).{0,80}$|this\s+is\s+a\s+(?:developing|breaking)"
     r"(?:\s+news)?\s+story" + END +
     r"|contributing\s*:.{1,120}$|additional\s+reporting\s+by\b.{1,120}$"
     r"|(?:\W{0,2}(?:except|apart)\s+(?:for|from)\s+the\s+headline,?\s+)?this\s+(?:story|article|report|copy|post|"
     r"content)\s+(?:has\s+not\s+been\s+edited|is\s+auto[\s-]?generated|is\s+(?:published|taken|sourced)\s+from|"
     r"has\s+been\s+(?:published|sourced|taken|auto[\s-]?generated)\s+from)\b.{0,300}$"
     r"|this\s+(?:story|article|report|copy|post|content)\s+was\s+(?:auto[\s-]?generated|produced|syndicated|"
     r"reproduced|adapted|distributed|"
     r"provided|supplied)\s+(?:by|from|for)\b.{0,200}$)", True),
    ("a_version", r"a\s+version\s+of\s+this\s+(?:article|story|post|column|piece)\b.{0,200}$", True),
    ("disclaimer", r"disclaimer\s*[:|–-].{0,380}$|disclaimer" + END, False),
    ("have_a have_any have_something have_more have_an got_a got_any got_something got_more got_an do_you know_a "
     "know_something know_more know_any contact email write_to send reach e-mail you_can", r"(?:have|got|"
     r"do\s+you\s+have|know)"
     r"\s+(?:a|any|something|more|an)\s?(?:story|news|tips?|question|comment|information|feedback|idea|view)"
     r"s?\b.{0,60}\?.{0,200}$|"
     r"(?:(?:you\s+can\s+)?(?:contact|e-?mail|write\s+to|reach|send)"
     r"\b.{0,80}?[\w.+-]{1,40}@[\w-]{1,40}\.[\w.]{2,20}).{0,80}$", True),
    ("the_views", r"the\s+views\s+expressed\s+(?:in|here|by|above|are)\b.{0,300}$", True),
)  # fmt: skip


_HEAD = re.compile(r"([^\W_]+(?:['’][^\W_]+)?|©)(?:[^\w©]{1,3}([^\W_]+))?")


@cache
def _by_head() -> dict[str, tuple[LineRule, ...]]:
    """The rules that may match a line, by its first word, or its first two tied by `_`, in lower case."""
    found: dict[str, list[LineRule]] = {}
    for words, pattern, in_prose in _TABLE:
        rule = LineRule(pattern, in_prose)
        for word in dict.fromkeys(words.split()):
            found.setdefault(word, []).append(rule)
    return {word: tuple(many) for word, many in found.items()}


def heads() -> list[str]:
    """First words of lines that rules may match, in lower case; two tied by `_` where both are asked for."""
    return list(_by_head())


def is_boilerplate(body: str, sentence: bool = False) -> bool:
    """Whether a line, stripped of its ornaments, is boilerplate as a whole; or a sentence at the end of prose."""
    head = _HEAD.match(body)
    if head is None:
        return bool(_FEED_TAIL.match(body))
    rules, (first, second) = _by_head(), head.groups()
    first = first.lower().replace("’", "'")
    for rule in rules.get(first, ()):
        if (rule.in_prose or not sentence) and rule.pattern.match(body):
            return True
    for rule in rules.get(f"{first}_{second.lower()}", ()) if second else ():
        if (rule.in_prose or not sentence) and rule.pattern.match(body):
            return True
    if "contributed" in body and _CONTRIBUTED.match(body):
        return True
    return "mail" in body and _FORM.match(body) is not None


TELLING_WORDS = ("contributed", "email", "mail")
"""Words that make a line worth a look wherever they stand in it."""
_FORM = re.compile(
    UNSAID
    + r".{0,160}?\b(?:confirm|enter|provide|check|verify|submit)\s+(?:us\s+with\s+)?your\s+(?:valid\s+)?e-?mail\b",
    re.IGNORECASE,
)
_CONTRIBUTED = re.compile(
    r".{0,120}?\bcontributed\s+(?:to|reporting\s+(?:to|for|from))\b.{0,10}(?:this|the)\s+(?:report|story|article|piece|"
    r"dispatch|post)" + END, re.IGNORECASE
)  # fmt: skip
_FEED_TAIL = re.compile(r"(?:\.{3}|…|&hellip;|\[|\]|\(|\)|\s)+$")
