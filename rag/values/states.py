"""What a state is called by: its name, its people, its capital, where its government sits.

"Washington" decides what an article says of "the U.S.", so that either is found where the other is
asked for. Knows nothing of articles and questions.
"""

from __future__ import annotations

import re
from functools import cache

_CALLED = """
United States, U.S., US, USA, America, American, Americans, Washington, White House
China, Chinese, Beijing
Taiwan, Taiwanese, Taipei
Japan, Japanese, Tokyo
South Korea, South Korean, Seoul
North Korea, North Korean, Pyongyang
India, Indian, Indians, New Delhi, Delhi
Pakistan, Pakistani, Islamabad
Bangladesh, Bangladeshi, Dhaka
Afghanistan, Afghan, Kabul
Iran, Iranian, Tehran
Iraq, Iraqi, Baghdad
Israel, Israeli, Jerusalem
Syria, Syrian, Damascus
Lebanon, Lebanese, Beirut
Jordan, Jordanian, Amman
Saudi Arabia, Saudi, Saudis, Riyadh
Qatar, Qatari, Doha
Turkey, Turkish, Ankara
Egypt, Egyptian, Cairo
Libya, Libyan, Tripoli
Tunisia, Tunisian, Tunis
Algeria, Algerian, Algiers
Morocco, Moroccan, Rabat
Sudan, Sudanese, Khartoum
Ethiopia, Ethiopian, Addis Ababa
Kenya, Kenyan, Nairobi
Nigeria, Nigerian, Abuja
Ghana, Ghanaian, Accra
South Africa, South African, Pretoria
Russia, Russian, Russians, Moscow, Kremlin
Ukraine, Ukrainian, Kyiv, Kiev
Belarus, Belarusian, Minsk
Poland, Polish, Warsaw
Czech Republic, Czechia, Czech, Prague
Slovakia, Slovak, Bratislava
Hungary, Hungarian, Budapest
Romania, Romanian, Bucharest
Bulgaria, Bulgarian, Sofia
Serbia, Serbian, Belgrade
Croatia, Croatian, Zagreb
Greece, Greek, Athens
Italy, Italian, Rome
Spain, Spanish, Madrid
Portugal, Portuguese, Lisbon
France, French, Paris
Germany, German, Germans, Berlin
Austria, Austrian, Vienna
Switzerland, Swiss, Bern
Netherlands, Dutch, The Hague
Belgium, Belgian, Brussels
Denmark, Danish, Copenhagen
Norway, Norwegian, Oslo
Sweden, Swedish, Stockholm
Finland, Finnish, Helsinki
Estonia, Estonian, Tallinn
Latvia, Latvian, Riga
Lithuania, Lithuanian, Vilnius
Ireland, Irish, Dublin
United Kingdom, U.K., UK, Britain, British, London, Downing Street, Westminster
European Union, EU, Brussels
Canada, Canadian, Canadians, Ottawa
Mexico, Mexican, Mexicans
Cuba, Cuban, Havana
Colombia, Colombian, Bogota
Venezuela, Venezuelan, Caracas
Peru, Peruvian, Lima
Chile, Chilean, Santiago
Argentina, Argentine, Buenos Aires
Brazil, Brazilian, Brasilia
Australia, Australian, Australians, Canberra
New Zealand, Wellington
Indonesia, Indonesian, Jakarta
Malaysia, Malaysian, Kuala Lumpur
Thailand, Thai, Bangkok
Vietnam, Vietnamese, Hanoi
Philippines, Philippine, Filipino, Manila
"""


@cache
def _groups() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for line in _CALLED.strip().splitlines():
        names = tuple(line.split(", "))
        for name in names:
            found[name] = found.get(name, ()) + names
    return found


def also_called(name: str) -> tuple[str, ...]:
    """What a state, its people or its government is called by as well; itself is among it.

    >>> also_called("Tokyo"), also_called("Rollo")
    (('Japan', 'Japanese', 'Tokyo'), ())
    """
    return _groups().get(name, ())


def is_named(state: str, text: str) -> bool:
    """Whether a text speaks of a state under any of its names.

    >>> is_named("Washington", "The American side agreed."), is_named("Rollo", "Rollo agreed.")
    (True, False)
    """
    called = (rf"(?<!\w){re.escape(name)}(?!\w)" for name in also_called(state))
    return any(re.search(name, text) for name in called)
