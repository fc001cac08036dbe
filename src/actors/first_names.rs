//! First names whose bearers are nearly always of one gender.
//!
//! In goes a first name in lower case; out comes a gender, or nothing. The lists are short on
//! purpose: they serve to tell two people of one surname apart and to weigh pronouns, and a name
//! that is missing only means that other clues decide. Names used for both are left out.

use crate::actors::Gender;

/// Sorted.
#[rustfmt::skip] // a word a line would hide the code
const FEMALE: &[&str] = &[
    "aisha", "alice", "amanda", "amina", "amy", "ana", "angela", "anita", "ann", "anna", "anne",
    "annette", "barbara", "benazir", "betty", "beverly", "brenda", "bridget", "camilla", "carly",
    "carol", "caroline", "catherine", "charlotte", "cheryl", "chloe", "christina", "christine",
    "claire", "clara", "condoleezza", "cristina", "cynthia", "debbie", "deborah", "diana",
    "diane", "dilma", "dorothy", "elena", "elizabeth", "ella", "ellen", "emily", "emma", "eva",
    "fatima", "florence", "frances", "georgia", "gina", "gloria", "grace", "hannah", "harriet",
    "heather", "helen", "hillary", "huma", "indira", "irene", "isabel", "ivanka", "jane", "janet",
    "janice", "jennifer", "jessica", "jill", "joan", "joanna", "judith", "judy", "julia", "julie",
    "kamala", "karen", "kate", "katherine", "kathleen", "kathryn", "katie", "kellyanne",
    "kirsten", "laura", "lauren", "leila", "linda", "lisa", "loretta", "louise", "lucy", "lynn",
    "madeleine", "margaret", "maria", "marie", "marine", "martha", "mary", "megan", "melania",
    "melissa", "mia", "michelle", "monica", "nancy", "natalie", "natasha", "nicola", "nicole",
    "nikki", "olga", "olivia", "pamela", "patricia", "paula", "phyllis", "priti", "rachel",
    "rebecca", "rita", "rosa", "rose", "ruth", "sally", "samantha", "sandra", "sara", "sarah",
    "sasha", "sharon", "sheila", "shirley", "simone", "sofia", "sonia", "sophie", "stephanie",
    "susan", "suzanne", "svetlana", "theresa", "tina", "tulsi", "ursula", "valerie", "vanessa",
    "victoria", "virginia", "wendy", "yulia", "yvonne", "zainab",
];

/// Sorted.
#[rustfmt::skip] // a word a line would hide the code
const MALE: &[&str] = &[
    "abdul", "abdullah", "abraham", "adam", "adolf", "ahmad", "ahmed", "alan", "albert",
    "alexander", "alexei", "ali", "allen", "anders", "andrew", "andy", "anthony", "antonio",
    "antony", "arthur", "barack", "bashar", "ben", "benjamin", "bernard", "bernie", "bill", "bob",
    "boris", "brad", "brent", "brian", "bruce", "carl", "carlos", "chad", "charles",
    "christopher", "colin", "corey", "craig", "daniel", "dave", "david", "dean", "dennis", "dick",
    "dmitry", "dominic", "don", "donald", "douglas", "ed", "edward", "emmanuel", "eric", "ernest",
    "fidel", "francis", "frank", "fred", "gary", "geoffrey", "george", "gerald", "gerhard",
    "giorgio", "glenn", "gordon", "graham", "greg", "gregory", "guy", "hamid", "hans", "harold",
    "harry", "hassan", "henry", "herman", "howard", "hugo", "hussein", "ian", "ibrahim", "igor",
    "ivan", "jack", "jacob", "jacques", "jake", "james", "jason", "javier", "jean", "jeff",
    "jeffrey", "jeremy", "jerry", "jim", "jimmy", "joe", "john", "jonathan", "jordan", "jose",
    "joseph", "juan", "justin", "karl", "keith", "ken", "kenneth", "kevin", "khalid", "kofi",
    "larry", "lawrence", "leonid", "liam", "luis", "marco", "mark", "martin", "matthew",
    "michael", "miguel", "mike", "mikhail", "mitch", "mitt", "mohamed", "mohammad", "mohammed",
    "muammar", "muhammad", "narendra", "neil", "nelson", "newt", "nicholas", "nicolas", "nigel",
    "oleg", "oliver", "omar", "osama", "oscar", "otto", "pablo", "patrick", "paul", "pedro",
    "peter", "phil", "philip", "rahul", "ralph", "ray", "raymond", "recep", "reza", "richard",
    "rick", "rob", "robert", "roger", "ron", "ronald", "roy", "rudolph", "rudy", "rupert",
    "saddam", "samuel", "scott", "sean", "sergei", "sergey", "shinzo", "silvio", "simon",
    "stephen", "steve", "steven", "stuart", "ted", "terry", "theodore", "thomas", "tim",
    "timothy", "todd", "tom", "tony", "viktor", "vincent", "vladimir", "walter", "warren",
    "wayne", "william", "winston", "xavier", "yasser", "yitzhak",
];

/// The usual gender of a first name, given in lower case.
pub(crate) fn gender_of(first_name: &str) -> Option<Gender> {
    if FEMALE.binary_search(&first_name).is_ok() {
        Some(Gender::Female)
    } else if MALE.binary_search(&first_name).is_ok() {
        Some(Gender::Male)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_sorted_and_apart() {
        assert!(FEMALE.is_sorted() && MALE.is_sorted());
        assert!(FEMALE.iter().all(|name| !MALE.contains(name)));
        assert_eq!(gender_of("hillary"), Some(Gender::Female));
        assert_eq!(gender_of("mohammad"), Some(Gender::Male));
        assert_eq!(gender_of("Ruiz"), None);
    }
}
