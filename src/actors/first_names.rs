//! First names whose bearers are nearly always of one gender.
//!
//! In goes a first name in lower case; out comes a gender, or nothing. The lists serve to tell two people
//! of one surname apart, to weigh pronouns and to find surnames; a name that is missing only means that
//! other clues decide. What a reader would question: names used for both, and names that are mostly
//! surnames, places or words ("Morgan", "Santiago"), are left out.

use crate::actors::Gender;

/// Sorted.
#[rustfmt::skip] // a word a line would hide the code
const FEMALE: &[&str] = &[
    "adriana", "agnes", "aisha", "alexandra", "alice", "alicia", "alison", "allison", "alma", "amanda",
    "amina", "amy", "ana", "angela", "angelina", "angelique", "anita", "ann", "anna", "annabel", "annalena", "anne",
    "annette", "antonia", "arlene", "astrid", "audrey", "ayesha", "barbara", "belinda", "bella", "benazir",
    "bernadette", "beth", "bethany", "betty", "beverly", "bianca", "birgit", "bonnie", "brenda", "bridget", "brigitte",
    "camilla", "candace", "carla", "carly", "carol", "caroline", "carolyn", "catherine", "cecilia",
    "celeste", "charlotte", "cherie", "cheryl", "chloe", "christina", "christine", "cindy", "claire", "clara",
    "claudia", "colette", "condoleezza", "consuelo", "cora", "corazon", "cristina", "cynthia", "daniela", "daphne",
    "debbie", "deborah", "delia", "denise", "diana", "diane", "dianne", "dilma", "dolores", "donna", "doris", "dorothy",
    "edith", "eileen", "elaine", "eleanor", "elena", "eleni", "elisabeth", "elise", "eliza", "elizabeth", "ella",
    "ellen", "ellie", "elsa", "elsie", "emily", "emma", "erica", "erika", "erin", "esmeralda", "estelle", "esther",
    "ethel", "eugenia", "eunice", "eva", "evelyn", "fatima", "fiona", "florence", "fran", "frances", "francesca",
    "francine", "frida", "gabriela", "gabrielle", "georgia", "geraldine", "gertrude", "gillian", "gina", "ginny",
    "giorgia", "giovanna", "giulia", "gloria", "grace", "greta", "gwen", "hanan", "hannah", "harriet", "heather",
    "heidi", "helen", "helena", "helene", "henrietta", "hilda", "hillary", "huma", "imelda", "indira", "ines", "ingrid",
    "irene", "irina", "isabel", "isabella", "isabelle", "ivanka", "jacinda", "jacqueline", "jamila", "jane", "janelle",
    "janet", "janice", "janine", "jasmine", "jeanette", "jeanine", "jeannie", "jenna", "jennifer", "jenny", "jessica",
    "jill", "joan", "joanna", "jodie", "johanna", "josephine", "joyce", "juanita", "judith", "judy", "julia", "juliana",
    "julie", "juliet", "kaitlyn", "kamala", "karen", "karin", "karina", "karla", "kate", "katherine", "kathleen",
    "kathryn", "kathy", "katie", "katrina", "kayla", "kellyanne", "khadija", "kimberly", "kirsten", "kirstjen",
    "kristen", "kristi", "kristin", "kristina", "krystal", "lara", "latoya", "laura", "lauren", "leah", "leila", "lena",
    "leticia", "leyla", "liliana", "lillian", "lily", "linda", "lisa", "liz", "liza", "lois", "lola", "lorena",
    "loretta", "lorraine", "louise", "lucia", "lucinda", "lucy", "luisa", "lydia", "lynn", "mabel", "madeleine",
    "magdalena", "malala", "mandy", "mara", "marcia", "margaret", "margarita", "margot", "maria", "mariam", "mariana",
    "marianne", "marie", "marilyn", "marine", "marjorie", "marlene", "marsha", "martha", "mary", "maryam", "matilda",
    "maureen", "maxine", "megan", "melania", "melissa", "meredith", "mia", "michelle", "mildred", "millicent", "miriam",
    "molly", "monica", "muriel", "myra", "nadia", "nadine", "nancy", "naomi", "natalie", "natasha", "nicola", "nicole",
    "nikki", "nina", "nora", "norma", "oksana", "olena", "olga", "olivia", "oprah", "pamela", "paola", "patricia",
    "paula", "paulina", "pauline", "peggy", "penelope", "petra", "philippa", "phoebe", "phyllis", "polly", "priti",
    "rachael", "rachel", "ramona", "rana", "raquel", "rebecca", "reem", "regina", "renee", "rita", "roberta",
    "rochelle", "rosa", "rosalind", "rosalynn", "rose", "rosemary", "rosie", "roxanne", "ruth", "sabrina", "sally",
    "salma", "samantha", "samira", "sandra", "sanna", "sara", "sarah", "sasha", "selena", "selma", "serena", "sharon",
    "shauna", "sheila", "sherry", "shirley", "sigrid", "silvia", "simona", "simone", "sofia", "sonia", "sonya",
    "sophie", "soraya", "stella", "stephanie", "susan", "susana", "susanna", "susannah", "suzan", "suzanne", "svetlana",
    "sybil", "sylvia", "tabitha", "tamara", "tammy", "tanya", "tara", "tatiana", "tatyana", "teresa", "thelma",
    "theresa", "tina", "tipper", "tracey", "trisha", "trudy", "tulsi", "uma", "ursula", "valentina", "valeria",
    "valerie", "vanessa", "vera", "verna", "veronica", "veronika", "victoria", "virginia", "viviane", "vivien", "wanda",
    "wendy", "whoopi", "wilma", "winifred", "xiomara", "yasmin", "yolanda", "yulia", "yvette", "yvonne", "zainab",
    "zara", "zoe", "zsa", "zuzana",
];

/// Sorted.
#[rustfmt::skip] // a word a line would hide the code
const MALE: &[&str] = &[
    "aaron", "abdel", "abdelfattah", "abdul", "abdullah", "abel", "abraham", "adam", "adel", "adolf", "ahmad",
    "ahmed", "aidan", "alan", "alastair", "albert", "aldo", "alec", "alejandro", "alexander", "alexei", "alfred",
    "alfredo", "ali", "alistair", "allen", "alvaro", "alvin", "amir", "anatoly", "anders", "andreas", "andrei",
    "andres", "andrew", "andrzej", "andy", "angus", "anthony", "anton", "antonio", "antony", "anwar", "archie",
    "arnold", "arthur", "arturo", "arvind", "ashraf", "augusto", "avi", "aziz", "baltasar", "barack", "barney", "barry",
    "bart", "bashar", "basil", "ben", "benedict", "benito", "benjamin", "benny", "bernard", "bernie", "bert",
    "bertrand", "bilal", "bill", "bjorn", "bob", "boris", "boutros", "brad", "bradley", "brent", "brett", "brian",
    "bruce", "bryan", "byron", "caleb", "calvin", "carl", "carlos", "cecil", "cedric", "chad", "charles", "chester",
    "christoph", "christopher", "chuck", "clarence", "clifford", "clint", "clive", "clyde", "colin", "conor", "conrad",
    "corey", "craig", "curtis", "cyril", "cyrus", "damian", "damien", "damon", "daniel", "danny", "dario", "darrell",
    "darren", "darryl", "dave", "david", "dean", "declan", "denis", "dennis", "denzel", "derek", "desmond", "devin",
    "dick", "diego", "dimitri", "dirk", "dmitri", "dmitry", "domenico", "dominic", "don", "donald", "donnie", "doug",
    "douglas", "duncan", "dustin", "dwayne", "dwight", "ed", "eddie", "edgar", "edmund", "eduardo", "edward", "edwin",
    "efrain", "eli", "elias", "elijah", "eliot", "elliott", "elmer", "emil", "emilio", "emmanuel", "emmett", "enrique",
    "ephraim", "eric", "erik", "ernest", "ernesto", "errol", "ethan", "eugene", "evan", "evgeny", "evo", "ezra",
    "fabio", "federico", "felipe", "felix", "ferdinand", "fernando", "fidel", "francesco", "francis", "francisco",
    "francois", "frank", "franklin", "fred", "fredrik", "friedrich", "fyodor", "gareth", "garry", "gary", "gavin",
    "gennady", "geoff", "geoffrey", "georg", "george", "gerald", "gerard", "gerardo", "gerhard", "gerry", "gilbert",
    "giorgio", "giovanni", "giuseppe", "glenn", "gordon", "graham", "greg", "gregor", "gregory", "guido", "guillermo",
    "gunther", "gustavo", "guy", "hakan", "hakeem", "hamid", "hank", "hans", "harold", "harry", "harvey", "hassan",
    "hector", "heinrich", "helmut", "henrik", "henry", "herbert", "herman", "herschel", "hisham", "horst", "hosni",
    "howard", "hubert", "hugo", "humberto", "hussein", "iain", "ian", "ibrahim", "ignacio", "igor", "ilham", "imran",
    "irving", "isaac", "ismail", "ivan", "ivo", "jaap", "jabari", "jack", "jacob", "jacques", "jaime", "jair", "jake",
    "jakob", "jamal", "james", "janez", "jared", "jarrod", "jason", "javier", "jean", "jed", "jeff", "jeffery",
    "jeffrey", "jens", "jeremy", "jerome", "jerry", "jim", "jimmy", "joachim", "joaquin", "jock", "joe", "joel",
    "joerg", "johan", "johann", "johannes", "john", "johnnie", "johnny", "jonah", "jonas", "jonathan", "jordan",
    "jorge", "jose", "josef", "josep", "joseph", "josh", "joshua", "juan", "juha", "julius", "jurgen", "justin",
    "kareem", "karim", "karl", "keith", "ken", "kenneth", "kevin", "khalid", "kofi", "kurt", "kyle", "larry", "lars",
    "laszlo", "lawrence", "leonard", "leonid", "leopoldo", "leroy", "lester", "lev", "liam", "lionel", "lloyd",
    "lorenzo", "louis", "luca", "lucas", "luciano", "ludwig", "luigi", "luis", "luke", "luther", "lyndon", "mahmoud",
    "malcolm", "manuel", "marc", "marcel", "marcelo", "marco", "marcus", "mark", "martin", "marvin", "massoud",
    "mateusz", "mathias", "matt", "matteo", "matthew", "maurice", "mauricio", "mauro", "maxim", "maximilian", "mervyn",
    "michael", "mick", "miguel", "mikael", "mike", "mikhail", "milo", "milos", "mitch", "mitt", "mohamad", "mohamed",
    "mohammad", "mohammed", "moncef", "morton", "moshe", "muammar", "muhammad", "mustafa", "mykola", "naftali",
    "narendra", "nathan", "nathaniel", "neil", "nelson", "newt", "nicholas", "nick", "nicolae", "nicolas", "nigel",
    "nikol", "nikolai", "noah", "noam", "norbert", "octavio", "olaf", "oleg", "oliver", "olivier", "omar",
    "orrin", "osama", "oscar", "otto", "owen", "pablo", "paolo", "patrick", "paul", "paulo", "pavel", "pedro", "pete",
    "peter", "petr", "petro", "phil", "philip", "pierre", "pieter", "pranab", "prithviraj", "quentin", "rafael",
    "rafiq", "rahul", "raila", "raj", "rajiv", "ralph", "ramon", "ramzan", "randall", "randy", "raul", "ray", "raymond",
    "recep", "reggie", "reginald", "reinhard", "reza", "ricardo", "richard", "richie", "rick", "rishi", "rob", "robert",
    "roberto", "rodney", "rodolfo", "rodrigo", "roger", "roland", "rolf", "romano", "ron", "ronald", "roy", "ruben",
    "rudolf", "rudolph", "rudy", "rupert", "russ", "ryan", "saddam", "salim", "salman", "salvador", "salvatore", "sami",
    "samuel", "sanjay", "saud", "saul", "scott", "sean", "sebastian", "serge", "sergei", "sergey", "sergio",
    "seth", "shane", "shaun", "sheldon", "sherrod", "shinzo", "sid", "sigmar", "silvio", "simon", "sinan", "slobodan",
    "stanislav", "stefan", "stefano", "steffen", "steny", "stephane", "stephen", "steve", "steven", "stuart", "sven",
    "tariq", "ted", "terence", "terrence", "terry", "thabo", "theo", "theodore", "thierry", "thom", "thomas",
    "thorsten", "tim", "timothy", "tobias", "toby", "todd", "tom", "tomas", "tommy", "tony", "travis", "trevor",
    "tristan", "tyler", "umar", "umberto", "vaclav", "vernon", "vicente", "victor", "viktor", "vince", "vincent",
    "vitali", "vito", "vlad", "vladimir", "volodymyr", "wadih", "wael", "waleed", "walid", "walter", "warren", "wayne",
    "wendell", "werner", "wesley", "wilbur", "wilfried", "willem", "william", "willie", "winston", "wolfgang",
    "woodrow", "xavier", "yair", "yanis", "yannick", "yasir", "yasser", "yevgeny", "yitzhak", "yoav", "yuri", "yusuf",
    "zachary", "zbigniew", "zoran",
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
