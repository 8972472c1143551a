"""A report, what a language model would make of it, an independent report of the same event, and an update."""

SOURCE = """The city council of Brennholm voted 9 to 4 on Tuesday to shut the Harrow Street bridge to cars for 2 years.
Engineers found cracks in three of the bridge's eleven steel girders during an inspection in February.
"We could not go on pretending that paint would hold it together," said Ingrid Solberg, who heads the transport office.
The repair will cost about 48 million crowns, of which the state pays 30 million.
Shop owners on the east bank fear for their trade: Marek Toft, a baker, said half of his customers come over the bridge.
Cyclists and pedestrians may use the northern walkway while the work lasts.
The bridge, built in 1931, carries some 22,000 vehicles a day.
Work begins on 3 May and is to be finished before the regatta of 2027."""

REWRITE = """Cars will be banned from Brennholm's Harrow Street bridge for the next two years after councillors backed
the move by 9 to 4 on Tuesday.
A February inspection had revealed cracked steel in three of the eleven girders that support the structure.
Transport chief Ingrid Solberg admitted that the city could no longer pretend paint alone was keeping the
crossing in one piece.
Repairs are expected to come in at roughly 48 million crowns, with 30 million of that covered by the state.
On the east bank, traders worry about losing business, and the baker Marek Toft estimated that every second customer
reaches him by way of the bridge.
People on foot and on bicycles will still be able to cross on the walkway on the northern side during construction.
Dating from 1931, the bridge is used by around 22,000 vehicles daily.
Crews are due to start on 3 May, with completion planned ahead of the 2027 regatta."""

INDEPENDENT = """Drivers in Brennholm face long detours from next month. After a heated debate of five hours the council
decided on Tuesday evening to shut the bridge on Harrow Street to traffic.
Mayor Olav Lindqvist called it the hardest decision of his term. The opposition under Petra Haug had asked for a
temporary steel bridge, which would have cost another 12 million.
Bus lines 4 and 17 will be sent round by the Kastel tunnel, the transit company said, adding about fifteen minutes.
Cracks had been discovered in the girders in winter. Solberg of the transport office said she saw no other way.
The closing is to last until 2027. A group of residents announced that they will go to court in Vestby."""

UPDATE = """The city council of Brennholm voted 7 to 6 on Thursday to reopen the Market Square tunnel next month.
Engineers found no water in any of the tunnel's five pumping stations during an inspection in August.
"We have waited long enough for this day," said Henrik Dahl, who heads the building office.
The repair has cost about 19 million crowns, of which the county paid 6 million.
Shop owners on the square expect better trade: Lise Brandt, a florist, said most of her customers had stayed away.
Cyclists and pedestrians may use the tunnel from Sunday.
The tunnel, built in 1968, carries some 14,000 vehicles a day.
Traffic begins on 9 September, well before the fair of 2026."""

ROUGH = """the depot on Mill Street is gone (finally!!) -- it burned down on 12 May, 3 crews were there till 4 am .
"We saw it from Tannhof, 9 miles off," said Olga Brix, who runs the kiosk, and she was told it was the wiring.
Nobody was hurt, which is a wonder: 14 people were in the yard, 2 of them were asleep in a van behind the old smithy,
and the gate was locked because the guard, a man called Pavel Hruska, was having his supper with the KLR drivers.
It was built in 1911. The ferrymen's union wants it back, but there is no money"""

SMOOTH = """The Mill Street depot was destroyed by a fire on 12 May, leaving three crews battling the flames until 4 am.
Olga Brix, owner of a nearby kiosk, reported seeing the blaze from Tannhof, nine miles away, noting that faulty wiring
reportedly triggered the incident. Remarkably, all 14 individuals present in the yard escaped unharmed, including two
sleeping inside a van behind the historic smithy. The gate remained locked, however, since the guard, Pavel Hruska, had
joined the KLR drivers for supper. Constructed in 1911, the depot holds lasting significance, prompting the ferrymen's
union to demand its restoration, although insufficient funding ultimately presents a considerable obstacle."""
