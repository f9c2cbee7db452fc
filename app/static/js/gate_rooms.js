// Who has a seat in a session and who sits there, by the code of its door: what app/visitors/session_room.py knows.

export class Rooms {
  constructor() {
    this.all = new Map();
  }

  // A whole snapshot names every seat that stands; who passed here and is not sent yet stays known.
  forgetSeats() {
    for (const { signedUp } of this.all.values()) signedUp.clear();
  }

  at(gate) {
    if (!this.all.has(gate)) this.all.set(gate, { signedUp: new Set(), passages: new Map() });
    return this.all.get(gate);
  }

  seat([gate, person, stands]) {
    const { signedUp } = this.at(gate);
    if (stands) signedUp.add(person);
    else signedUp.delete(person);
  }

  // What the rules are told of the room before one person.
  seenBy(gate, person) {
    const { signedUp, passages } = this.at(gate);
    const sits = (other) => passages.get(other)?.at(-1)?.way === "in";
    const taken = [...passages.keys()].filter((other) => other !== person && sits(other)).length;
    const held = [...signedUp].filter((other) => other !== person && !sits(other)).length;
    return { passages: passages.get(person) ?? [], signed_up: signedUp.has(person), taken, held };
  }
}
