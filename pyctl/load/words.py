"""What the loaded world is made of: places, names, channels."""

from __future__ import annotations

from dataclasses import dataclass

TRADES = (
    ("Çilingir", "cilingir", ("çilingir", "oto çilingir", "kapı açma", "kilit değişimi")),
    ("Diş Kliniği", "dis-klinigi", ("diş kliniği", "implant fiyat", "diş beyazlatma")),
    ("Oto Kurtarma", "oto-kurtarma", ("oto çekici", "yol yardım", "en yakın çekici")),
    ("Su Tesisatı", "su-tesisati", ("su tesisatçısı", "tıkanıklık açma", "su kaçağı tespiti")),
    ("Klima Servisi", "klima-servisi", ("klima servisi", "klima montaj", "klima gaz dolumu")),
)
CITIES = (
    ("İstanbul", ("Kadıköy", "Beşiktaş", "Şişli", "Üsküdar", "Ümraniye", "Bağcılar")),
    ("Ankara", ("Çankaya", "Keçiören", "Gölbaşı")),
    ("İzmir", ("Karşıyaka", "Bornova", "Çeşme")),
    ("Bursa", ("Nilüfer", "İnegöl")),
    ("Antalya", ("Muratpaşa", "Alanya")),
)
PEOPLE = (
    "Ayşe Yılmaz", "Mehmet Demir", "Zeynep Kaya", "İbrahim Şahin", "Gökçe Öztürk", "Çağla Aydın",
    "Ömer Faruk Arslan", "Işıl Doğan", "Hüseyin Çelik", "Şule Yıldız", "Jürgen Groß", "María Núñez",
    "Siobhán O'Neill", "Łukasz Wójcik", "Nguyễn Thị Hoa", "Олена Шевченко", "محمد الأحمد", "李小龍",
)  # fmt: skip
NOTES = (
    "Kapı açma, gece", "Fiyat sordu", "Yanlış numara", "Müşteri vazgeçti", "Şirket aracı",
    "Tekrar arayacak", "Reklam görüşmesi", "Adres: köşe başı", "",
)  # fmt: skip
PAGES = ("/", "/hizmetler", "/fiyatlar", "/iletisim", "/hakkimizda", "/blog/kilit-bakimi", "/sss")


@dataclass(frozen=True)
class Channel:
    """Where visits come from; attribution is what ``app.attribution`` says of these fields."""

    share: float
    attribution: str
    click: str = ""
    source: str = ""
    medium: str = ""
    referrer: str = ""
    keyword: bool = False


CHANNELS = (
    Channel(0.30, "First Click (Paid)", "gclid", "google", "cpc", "www.google.com", True),
    Channel(0.03, "First Click (Paid)", "gbraid", "google", "cpc", "www.google.com.tr", True),
    Channel(0.03, "First Click (Paid)", "wbraid", "google", "cpc", "www.google.com", True),
    Channel(0.04, "Paid (UTM)", "msclkid", "bing", "cpc", "www.bing.com", True),
    Channel(0.03, "Paid (UTM)", "", "yandex", "cpc", "yandex.com.tr", True),
    Channel(0.06, "Paid Social", "fbclid", "facebook", "paid_social", "l.facebook.com"),
    Channel(0.02, "Paid Social", "ttclid", "tiktok", "paid_social", "www.tiktok.com"),
    Channel(0.05, "Social", "", "", "", "l.instagram.com"),
    Channel(0.20, "Organic", "", "", "", "www.google.com"),
    Channel(0.02, "Organic", "", "google", "organic", "www.google.com"),
    Channel(0.04, "Referral", "", "", "", "www.sahibinden.com"),
    Channel(0.18, "Direct"),
)
AGENTS = (
    (0.55, "mobile", "Android", 412),
    (0.24, "mobile", "iOS", 390),
    (0.04, "tablet", "Android", 800),
    (0.13, "desktop", "Windows", 1920),
    (0.03, "desktop", "macOS", 1440),
    (0.01, "desktop", "Linux", 1366),
)
POINTS = {
    "conversion": 50,
    "interaction": 10,
    "scroll_50": 10,
    "scroll_90": 20,
    "hover_contact": 15,
    "google_referrer": 5,
    "returning_ads": 25,
}
# Visits per hour of the local day: quiet nights, a morning and an evening peak.
HOURS = (6, 4, 3, 2, 2, 3, 6, 12, 22, 30, 34, 33, 30, 31, 32, 33, 34, 36, 38, 40, 38, 30, 20, 11)
WEEKDAYS = (1.05, 1.0, 1.0, 1.02, 1.08, 1.0, 0.85)
